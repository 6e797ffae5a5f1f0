"""Shapes of what staff write about surveys."""

from surveys.forms.asking import NewRuleForm, RuleForm

__all__ = ["NewRuleForm", "RuleForm"]

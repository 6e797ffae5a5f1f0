"""What a privacy notice must say (PIPL art. 17, network data security regulation art. 21; D-23)."""

from dataclasses import dataclass

from core.sentences import N_


@dataclass(frozen=True, slots=True)
class Part:
    """One thing the law wants said; any of ``words`` shows that the notice speaks about it."""

    name: str
    words: tuple[str, ...]


PARTS = (
    Part(
        N_("处理者名称和联系方式"), ("联系方式", "联系我们", "联系电话", "客服热线", "客服电话", "电子邮箱")
    ),
    Part(N_("处理目的"), ("目的", "用于")),
    Part(N_("处理方式"), ("处理方式", "方式处理", "收集、", "存储、", "采取")),
    Part(N_("信息种类"), ("种类", "类型", "哪些信息", "包括您的", "收集您的")),
    Part(N_("保存期限"), ("保存期限", "保留期限", "存储期限", "保存时间", "期满后")),
    Part(N_("查阅、复制、更正、删除等权利的行使方式"), ("查阅", "查询", "更正", "删除")),
    Part(N_("撤回同意的方式"), ("撤回",)),
)


def missing_parts(body: str) -> tuple[str, ...]:
    """Return the names of what the law wants said and the Chinese text of a notice does not speak about."""
    return tuple(part.name for part in PARTS if not any(word in body for word in part.words))

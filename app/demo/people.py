"""The demo's people: customers by the thousand and the staff who look after them."""

import random
from typing import Any

from sqlalchemy import insert
from sqlalchemy.orm import Session

from app.demo import factories
from customers.models import Customer
from grid.models import Region, Staff
from grid.rules import Role
from grid.services.secrets_of_staff import hash_password

SURNAMES = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许韩冯邓曹彭曾肖田董潘袁蔡蒋余于杜叶程魏苏吕丁任沈姚卢姜崔钟谭陆汪范"  # noqa: E501
GIVEN = (
    "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀英霞平刚桂兰文辉玲建国建华建军志强志明秀兰秀珍海燕晓东晓红雪梅春梅玉兰玉梅"
    "浩然子轩雨桐欣怡梓涵宇航俊杰思远嘉怡佳琪文博晨曦一诺若曦家豪天佑"
)

CITY_WEIGHTS = {
    "3301": 14, "3302": 8, "3303": 7, "3201": 10, "3202": 7, "3205": 9,
    "5101": 12, "5107": 5, "5115": 4, "4401": 10, "4403": 9, "4406": 5,
}  # fmt: skip

LINES = ("车险", "健康险", "寿险", "家财险", "意外险")


def a_name(dice: random.Random) -> str:
    """Return a Chinese name of two or three characters."""
    start = dice.randrange(0, len(GIVEN) - 1, 2) if dice.random() < 0.7 else dice.randrange(len(GIVEN))
    given = GIVEN[start : start + 2] if dice.random() < 0.72 else GIVEN[start]
    return dice.choice(SURNAMES) + given


def settle_customers(
    session: Session, dice: random.Random, tree: dict[str, Region], many: int
) -> list[dict[str, Any]]:
    """Write ``many`` customers over the cities; return id, region id and language of each."""
    cities = dice.choices(list(CITY_WEIGHTS), list(CITY_WEIGHTS.values()), k=many)
    rows = [
        factories.customer_values(
            external_id=f"AL{2_000_000 + number}",
            name=a_name(dice),
            mobile=f"1{dice.choice('3578')}{dice.randrange(10**9):09d}",
            email=None if dice.random() < 0.02 else f"user{number}@example.com",
            region_id=tree[city].id,
            language="en" if dice.random() < 0.01 else None,
            attributes={
                "险种": dice.choice(LINES),
                "投保年数": dice.randint(0, 15),
                "年龄": dice.randint(19, 84),
            },
        )
        for number, city in enumerate(cities)
    ]
    statement = insert(Customer).returning(Customer.id, sort_by_parameter_order=True)
    ids = session.scalars(statement, rows, execution_options={"render_nulls": True}).all()
    return [
        {"id": customer_id, "region_id": row["region_id"], "email": row["email"]}
        for customer_id, row in zip(ids, rows, strict=True)
    ]


def hire_staff(session: Session, dice: random.Random, tree: dict[str, Region], password: str) -> list[Staff]:
    """Hire managers and agents everywhere, all with one password; return them."""
    hashed = hash_password(password)
    posts = [
        ("manager", Role.CX_MANAGER, "HQ"),
        ("analyst", Role.ANALYST, "HQ"),
        ("viewer", Role.VIEWER, "HQ"),
        ("auditor", Role.AUDITOR, "HQ"),
        ("agent", Role.AGENT, "HQ"),
        *((f"manager{code}", Role.CX_MANAGER, code) for code in tree if len(code) == 2 and code != "HQ"),
        *((f"agent{code}{letter}", Role.AGENT, code) for code in tree if len(code) == 4 for letter in "ab"),
    ]
    return [
        factories.make_staff(
            session, login=login, name=a_name(dice), role=role, region_id=tree[code].id, password_hash=hashed
        )
        for login, role, code in posts
    ]

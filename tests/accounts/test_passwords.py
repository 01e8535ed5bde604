"""Passwords: which are taken, and what becomes of wrong ones (SEC-A01 to A04)."""

from __future__ import annotations

import pytest

from portal.accounts import passwords
from tests.accounts.steps import PASSWORD, browser, member, password


async def test_sec_a01_wrong_passwords_are_counted_and_lock_nobody_else_out(house):
    await member(house, "a01@alpha.example", house.alpha)
    attacker, owner = browser(house), browser(house)

    answers = [await password(attacker, "a01@alpha.example", "wrong password") for _ in range(11)]

    assert [a.status_code for a in answers] == [401] * 10 + [429]
    assert 0 < int(answers[-1].headers["retry-after"]) <= 900
    assert (await password(attacker, "a01@alpha.example")).status_code == 429
    transport = owner._transport
    owner._transport = type(transport)(local_address="127.0.0.2")
    assert (await password(owner, "a01@alpha.example")).status_code == 303


async def test_sec_a01_a_forged_header_makes_no_other_address(house):
    await member(house, "a01b@alpha.example", house.alpha)
    for n in range(11):
        client = browser(house, **{"x-real-ip": f"192.0.2.{n}", "forwarded": f"for=192.0.2.{n}"})
        last = await password(client, "a01b@alpha.example", "wrong password")
    assert last.status_code == 429


@pytest.mark.parametrize("word", ["elf Zeichen", "passwort1234", "Sommer2026!!", "aaaaaaaaaaaaaaaa", "Alpha Agentur",
                                  "alphaagentur2026", "Anna Beispiel", "anna.beispiel1", "x" * 60 + "y" * 80])  # fmt: skip
def test_sec_a02_weak_passwords_are_refused(word):
    with pytest.raises(passwords.Weak):
        passwords.check(word, "Anna Beispiel", "anna.beispiel@alpha.example", "Alpha Agentur")


@pytest.mark.parametrize("word", ["ein Satz mit 64 Zeichen 🙂 und noch ein wenig mehr, bis es reicht", "qkzrvwmplxtnbhdgyjsf",
                                  "Agentur der blauen Wolken", "كلمة سر طويلة جدا", PASSWORD])  # fmt: skip
def test_sec_a02_long_ones_are_taken_whatever_they_are_made_of(word):
    passwords.check(word, "Anna Beispiel", "anna.beispiel@alpha.example", "Alpha Agentur")


def test_sec_a02_there_are_three_thousand_common_ones():
    assert len(passwords.common()) >= 3000 and "passwort1234" in passwords.common()


async def test_sec_a03_the_whole_password_counts(house):
    whole = "ä" * 20 + "x7" * 20  # 80 bytes
    hash_ = await passwords.hashed(whole)
    assert hash_.startswith("$argon2id$")
    await member(house, "a03@alpha.example", house.alpha, password_hash=hash_)
    cut = whole.encode()[:72].decode()

    assert (await password(browser(house), "a03@alpha.example", cut)).status_code == 401
    assert (await password(browser(house), "a03@alpha.example", whole)).status_code == 303


@pytest.mark.parametrize("word", ["admin", "password", "", "wegweiser"])
async def test_sec_a04_there_is_no_first_password(house, word):
    for name in ("admin", "root", "admin@example.org"):
        assert (await password(browser(house), name, word)).status_code == 401

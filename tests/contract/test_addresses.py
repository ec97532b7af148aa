"""Addresses: what is taken, in which form it is sent, what is refused and in which words."""

from __future__ import annotations

import pytest
from email_validator import EmailNotValidError, validate_email
from generated_items import ADDRESSES, ODD_ADDRESSES, tries
from hypothesis import example, given
from hypothesis import strategies as st

from clerkbulk.contract.address import (
    LONGEST_ADDRESS,
    LONGEST_LOCAL_PART,
    SPECIAL_USE,
    Address,
    AddressError,
    address_key,
    is_plain,
    normal_form,
    parse_address,
)

LONGEST = "@".join(["a" * 64, ".".join(["b" * 59, "c" * 59, "d" * 59, "e" * 9])])

TAKEN = [
    # as typed, as sent, key
    ("ada@example.com", "ada@example.com", "ada@example.com"),
    ("Ada.Lovelace@Example.COM", "ada.lovelace@example.com", "ada.lovelace@example.com"),
    (" \tada@example.com\r\n", "ada@example.com", "ada@example.com"),
    ("\u00a0ada@example.com\u202f", "ada@example.com", "ada@example.com"),
    # Plus tags and other odd but lawful characters.
    ("ada+clerk@example.com", "ada+clerk@example.com", "ada+clerk@example.com"),
    ("o'brien@example.com", "o'brien@example.com", "o'brien@example.com"),
    ("!#$%&'*+/=?^_`{|}~-@example.com", "!#$%&'*+/=?^_`{|}~-@example.com", "!#$%&'*+/=?^_`{|}~-@example.com"),
    # Unicode: one form whichever way it was typed; the key has the domain in ASCII.
    ("Jörg@Bücher.example", "jörg@bücher.example", "jörg@xn--bcher-kva.example"),
    ("jo\u0308rg@bu\u0308cher.example", "jörg@bücher.example", "jörg@xn--bcher-kva.example"),
    ("jörg@XN--BCHER-KVA.example", "jörg@bücher.example", "jörg@xn--bcher-kva.example"),
    ("用户@例子.example", "用户@例子.example", "用户@xn--fsqu00a.example"),
    ("ada@\uff45xample.com", "ada@example.com", "ada@example.com"),
    # Quoted local parts: the quotes go where they are not needed.
    ('"John Doe"@example.com', '"john doe"@example.com', '"john doe"@example.com'),
    ('"john"@example.com', "john@example.com", "john@example.com"),
    ('"ada@home"@example.com', '"ada@home"@example.com', '"ada@home"@example.com'),
    # Special-use domains are a matter for a warning.
    ("ada@mail.test", "ada@mail.test", "ada@mail.test"),
    ("ada@localhost", "ada@localhost", "ada@localhost"),
    ("ada@Müller.TEST", "ada@müller.test", "ada@müller.test"),
    ("ada@xn--mller-kva.test", "ada@müller.test", "ada@müller.test"),
    # Limits.
    ("a" * 64 + "@example.com", "a" * 64 + "@example.com", "a" * 64 + "@example.com"),
    ("ada@" + "b" * 63 + ".com", "ada@" + "b" * 63 + ".com", "ada@" + "b" * 63 + ".com"),
    (LONGEST, LONGEST, LONGEST),
]


@pytest.mark.parametrize(("typed", "sent", "key"), TAKEN)
def test_an_address_is_sent_in_one_form_and_compared_by_one_key(typed: str, sent: str, key: str) -> None:
    """Space around goes, letters become small and composed; the key is the same for every spelling of the address."""
    assert normal_form(typed) == sent
    assert parse_address(typed) == Address(sent)
    assert address_key(typed) == address_key(sent) == key


UNPACKED = [
    ("Ada Lovelace <Ada@example.com>", "ada@example.com", "taken out of 'Ada Lovelace <Ada@example.com>'"),
    ('"Lovelace, Ada" <ada@example.com>;', "ada@example.com", "taken out of '\"Lovelace, Ada\" <ada@example.com>;'"),
    (" < ada@example.com > ", "ada@example.com", "taken out of '< ada@example.com >'"),
    ("mailto:ada@example.com?subject=Hello", "ada@example.com", "taken out of 'mailto:ada@example.com?subject=Hello'"),
    ("MAILTO:ada%2Bclerk@example.com", "ada+clerk@example.com", "taken out of 'MAILTO:ada%2Bclerk@example.com'"),
    ("Ada <mailto:ada@example.com>", "ada@example.com", "taken out of 'Ada <mailto:ada@example.com>'"),
]


@pytest.mark.parametrize(("typed", "sent", "note"), UNPACKED)
def test_an_address_in_a_wrapping_is_taken_out_and_a_note_says_so(typed: str, sent: str, note: str) -> None:
    """Names, angle brackets and mailto: links are unpacked on reading, never silently; the strict form refuses them."""
    assert parse_address(typed) == Address(sent, (note,))
    with pytest.raises(AddressError):
        normal_form(typed)


def test_a_long_wrapping_is_shown_in_part() -> None:
    """A note stays short whatever was pasted."""
    (note,) = parse_address("Ada " * 40 + "<ada@example.com>").notes
    assert note == "taken out of 'Ada Ada Ada Ada Ada Ada Ada Ada Ada Ada Ada Ada Ada Ada A...'"


REFUSED = [
    ("", "it is empty"),
    (" \u200b ", "it is empty"),
    ("mailto:", "it is empty"),
    ("Ada <>", "it is empty"),
    ("ada", "there is no @ in it"),
    ("ada(at)example.com", "there is no @ in it"),
    ("ada@b@example.com", "it has 2 @ signs"),
    ("@example.com", "there must be something before the @-sign"),
    ("ada@", "there must be something after the @-sign"),
    ("ada@example", "the part after the @-sign is not valid. It should have a period"),
    ("ada@example.c", "the domain ends in .c, and no domain ends in a single letter"),
    ("ada@example.\U0001d400", "the domain ends in .a, and no domain ends in a single letter"),
    ("ada@example.123", "the part after the @-sign is not valid. It is not within a valid top-level domain"),
    ("ada@[127.0.0.1]", "a bracketed IP address after the @-sign is not allowed here"),
    ("ada@exa_mple.com", "the part after the @-sign contains invalid characters: '_'"),
    ("ada@example,com", "the part after the @-sign contains invalid characters: ','"),
    ("ada@-example.com", "an address cannot have a hyphen immediately after the @-sign"),
    # Dots.
    ("ada..l@example.com", "an address cannot have two periods in a row"),
    ("ada@example..com", "an address cannot have two periods in a row"),
    (".ada@example.com", "an address cannot start with a period"),
    ("ada.@example.com", "an address cannot have a period immediately before the @-sign"),
    ("ada@example.com.", "an address cannot end with a period"),
    # Spaces and what nobody sees, inside.
    ("ada lovelace@example.com", "there is a space in it"),
    ("ada@example.com (Ada)", "there is a space in it"),
    ("ad\u200ba@example.com", "it contains an invisible character (zero width space)"),
    ("ad\u00ada@example.com", "it contains an invisible character (soft hyphen)"),
    ("ada@exam\u202eple.com", "it contains an invisible character (right-to-left override)"),
    ("ada@example.com\r\nBcc: bob@example.com", "it contains an invisible character (u+000d)"),
    ("\x00ada@example.com", "it contains an invisible character (u+0000)"),
    ("\ud800@example.com", "it contains an invisible character (u+d800)"),
    # Far too long to be looked into.
    ("a" * 1001, "it has 1,001 characters, and an address may have 254"),
    ("Ada <" + " " * 2_000_000 + "ada@example.com", "it has 2,000,020 characters, and an address may have 254"),
    ("a" + " " * 2_000_000 + "b", "it has 2,000,002 characters, and an address may have 254"),
    ("@" * 2_000_000, "it has 2,000,000 characters, and an address may have 254"),
    # Several at once.
    ("ada@example.com, bob@example.com", "it holds more than one address; put each on a line of its own"),
    ("ada@example.com;bob@example.com", "it holds more than one address; put each on a line of its own"),
    ("ada@example.com bob@example.com", "it holds more than one address; put each on a line of its own"),
    # Limits.
    ("a" * 65 + "@example.com", "the part before the @ has 65 characters, and the mail standard allows 64"),
    ("ö" * 65 + "@example.com", "the part before the @ has 65 characters, and the mail standard allows 64"),
    (
        "ada@" + "b" * 64 + ".com",
        "after the @-sign, periods cannot be separated by so many characters (1 character too many)",
    ),
    (LONGEST + "e", "an address is too long (1 character too many)"),
]


@pytest.mark.parametrize(("typed", "sentence"), REFUSED)
def test_what_is_no_address_is_refused_in_a_sentence(typed: str, sentence: str) -> None:
    """The sentence says what is wrong in words a colleague can act on."""
    with pytest.raises(AddressError) as refusal:
        parse_address(typed)
    assert str(refusal.value) == sentence


@pytest.mark.parametrize(
    ("typed", "sent", "note"),
    [
        ("ada@example.com\u200b", "ada@example.com", "freed of an invisible character around it (zero width space)"),
        (
            "\ufeff J\u00f6rg@example.com\u200b\u200b",
            "j\u00f6rg@example.com",
            "freed of invisible characters around it (zero width no-break space, zero width space)",
        ),
    ],
)
def test_invisible_characters_around_an_address_are_taken_off_with_a_note(typed: str, sent: str, note: str) -> None:
    """Nobody sees them, so nobody would know that the cell is not what is sent."""
    assert parse_address(typed) == Address(sent, (note,))
    assert normal_form(typed) == sent


def test_what_stands_around_an_address_is_as_long_as_it_likes() -> None:
    """Only what is left is measured; a text of any length has a key."""
    assert parse_address(" " * 2_000_000 + "ada@example.com") == Address("ada@example.com")
    assert address_key("A" + " " * 2_000_000 + "b\u200b") == "a" + " " * 2_000_000 + "b"


@pytest.mark.parametrize(
    ("email", "domain", "is_ascii", "is_special_use", "is_quoted"),
    [
        ("ada@example.com", "example.com", True, False, False),
        ("ada@bücher.example", "bücher.example", False, False, False),
        ("ada@mail.test", "mail.test", True, True, False),
        ("ada@localhost", "localhost", True, True, False),
        ('"ada@home"@example.com', "example.com", True, False, True),
    ],
)
def test_an_address_says_what_a_warning_may_be_about(
    email: str, domain: str, is_ascii: bool, is_special_use: bool, is_quoted: bool
) -> None:
    """Domain, non-ASCII letters, reserved domains and quotes can be asked for; example.com is not reserved here."""
    address = Address(email)
    assert address.domain == domain
    assert (address.is_ascii, address.is_special_use, address.is_quoted) == (is_ascii, is_special_use, is_quoted)


def test_the_limits_are_those_of_the_mail_standard() -> None:
    """64 before the @ and 254 in all (RFC 5321), counted on the table's longest address."""
    assert (LONGEST_LOCAL_PART, LONGEST_ADDRESS) == (64, 254)
    assert len(LONGEST) == 254


PLAIN = st.from_regex(is_plain.__self__.pattern, fullmatch=True)  # type: ignore[attr-defined]


@tries(600)
@given(PLAIN)
def test_the_fast_pattern_accepts_only_what_email_validator_accepts_in_the_same_form(text: str) -> None:
    """What the pattern lets through without asking is an address for email-validator too, and becomes the same one."""
    assert is_plain(text)
    if text.lower().rpartition(".")[2] in SPECIAL_USE:
        with pytest.raises(EmailNotValidError):
            validate_email(text, check_deliverability=False)
    else:
        assert validate_email(text, check_deliverability=False).normalized.lower() == normal_form(text)


@tries(600)
@given(ADDRESSES | ODD_ADDRESSES)
@example("ada@0.\U0001d400")
@example("\x1fada@ª.com")
@example("A@Ĳ.com")
@example("İ" * 40 + "@example.com")
def test_the_normal_form_is_final_and_the_key_too(text: str) -> None:
    """What was brought into normal form stays as it is; a key is its own key; both forms have the same key."""
    key = address_key(text)
    assert address_key(key) == key
    try:
        sent = normal_form(text)
    except AddressError:
        return
    assert normal_form(sent) == sent
    assert address_key(sent) == key
    assert len(sent) <= LONGEST_ADDRESS
    assert len(sent.rpartition("@")[0]) <= LONGEST_LOCAL_PART


@tries(600)
@given(ADDRESSES | ODD_ADDRESSES)
def test_the_key_does_not_know_case(text: str) -> None:
    """Upper and lower case are one person, for every letter that has one of each."""
    shouted = "".join(c.upper() if len(c.upper()) == 1 and c.upper().lower() == c else c for c in text)
    assert address_key(shouted) == address_key(text)


@tries(300)
@given(ODD_ADDRESSES)
def test_reading_an_address_never_fails_in_another_way(text: str) -> None:
    """Whatever is typed, the answer is an address or a sentence of one line."""
    try:
        words = parse_address(text).email
    except AddressError as refusal:
        words = str(refusal)
    assert 5 <= len(words) <= LONGEST_ADDRESS
    assert words.splitlines() == [words]

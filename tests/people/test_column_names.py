"""Headers: what people call their columns, read without a look at the cells."""

from __future__ import annotations

import pytest

from clerkbulk.people.column_names import (
    EVERY_PARAMETER,
    AddressHeader,
    address_header,
    fold,
    own_name,
    parameter_meant,
)
from clerkbulk.people.synonyms import SYNONYMS


@pytest.mark.parametrize(
    ("headers", "meaning"),
    [
        (("email_address", "emailAddress", " email_address\u00a0", "\ufeffemailAddress"), AddressHeader.OWN_NAME),
        (
            (
                *(
                    "email",
                    "E-Mail",
                    "e mail",
                    "EMAIL",
                    "\ufeffE-Mail",
                    "Email Address",
                    "Email:",
                    "Email*",
                    "Email ID",
                ),
                *("Email ID", "E-Mail-Adresse", "Emailadresse", "Mailadresse", "Elektronische Post"),
                *("Courriel", "Adresse e-mail", "adresse électronique", "Mél", "Adresse de messagerie"),
                *("Correo electrónico", "correo electronico", "Dirección de correo", "Correo"),
                *("Indirizzo email", "Posta elettronica", "Indirizzo di posta elettronica"),
                *("E-mailadres", "Mailadres", "Endereço de e-mail", "Correio eletrônico", "E-mail"),
                *("Adres e-mail", "Poczta elektroniczna", "Adres poczty elektronicznej"),
                *("E-postadress", "E-post", "Mejl", "E-postadresse", "Sähköposti", "Netfang"),
                *("Эл. почта", "Электронная почта", "メールアドレス", "邮箱", "이메일", "البريد الإلكتروني", "אימייל"),
                *("Primary Email", "Email 1", "email1", "Main e-mail"),
            ),
            AddressHeader.PLAIN,
        ),
        (
            (
                *("Work Email", "work_email", "workEmail", "email.work", "Business E-Mail", "Company email"),
                *("Firmen-E-Mail", "Firmenmail", "E-Mail (geschäftlich)", "Geschaeftliche E-Mail", "Dienst-E-Mail"),
                *("Adresse électronique professionnelle", "mail pro", "Correo del trabajo", "Email aziendale"),
                *("E-mail służbowy", "E-mailadres werk", "Jobb e-post"),
            ),
            AddressHeader.WORK,
        ),
        (("Emial", "e-mial", "Emal Address", "E-mial adress", "Emailaddres", "Couriel"), AddressHeader.MISSPELLED),
        (("Student email", "contact_email", "Gmail", "User Email", "Kunden-Mail"), AddressHeader.OTHER),
        (("Email 2", "email2", "Secondary email", "Alternate E-Mail", "Zweite E-Mail"), AddressHeader.SECOND),
        (("Private E-Mail", "privatmail", "E-Mail privat", "personal_email", "Courriel perso"), AddressHeader.PRIVATE),
        (
            (
                "Manager Email",
                "manager's e-mail",
                "E-Mail Vorgesetzter",
                "Invited by email",
                "hr_email",
                "Parent email",
            ),
            AddressHeader.SOMEBODY_ELSE,
        ),
        (
            (
                *(
                    "Name",
                    "First name",
                    "Address",
                    "Mailing Address",
                    "mailing list",
                    "Detail",
                    "Retail",
                    "Female",
                    "main",
                ),
                *(
                    "Email status",
                    "email_verified",
                    "Email sent",
                    "Last email sent at",
                    "E-Mail bestätigt",
                    "Voicemail",
                ),
                *("Email template", "send email", "Role", "", "#", "✉"),
            ),
            None,
        ),
    ],
)
def test_headers_of_addresses_are_told_apart(headers: tuple[str, ...], meaning: AddressHeader | None) -> None:
    """Whose address a column holds shows in its header, in many languages."""
    assert {header: address_header(header) for header in headers} == dict.fromkeys(headers, meaning)


def test_synonyms_are_for_one_parameter_each() -> None:
    """No word is listed for two parameters, and none is folded away to nothing."""
    meanings: dict[str, set[str]] = {}
    for parameter, phrases in SYNONYMS.items():
        for phrase in phrases:
            meanings.setdefault(fold(phrase), set()).add(parameter)
    assert [word for word, parameters in meanings.items() if len(parameters) > 1 or not word] == []
    assert set(SYNONYMS) == set(EVERY_PARAMETER)


@pytest.mark.parametrize("parameter", EVERY_PARAMETER)
def test_own_names_are_known_in_both_spellings(parameter: str) -> None:
    """email_address and emailAddress are the same name; another case is only a word for it."""
    first, *rest = parameter.split("_")
    camel = first + "".join(word.title() for word in rest)
    assert own_name(parameter) == own_name(camel) == parameter
    assert own_name(parameter.upper()) is None
    assert parameter_meant(parameter.upper().replace("_", " - ")) == parameter

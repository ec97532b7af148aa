"""What people call the columns: words only, in the spelling people use. headers.py compares them folded.

A synonym list is comma-separated, one group of languages a line; the parameters' own names need not stand in it. A word
list is blank-separated and already folded (no case, no accents).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final


def _phrases(text: str) -> tuple[str, ...]:
    return tuple(phrase for line in text.splitlines() for part in line.split(",") if (phrase := part.strip()))


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


def _stems(text: str) -> tuple[str, ...]:
    return tuple(text.split())


FOREMOST_ADDRESS: Final = _phrases(
    "email, email address, e-mail adresse, courriel, correo electrónico, indirizzo email, e-mailadres, e-postadress"
)
"""The words for the address that are also recognised when misspelled."""

SYNONYMS: Final[Mapping[str, tuple[str, ...]]] = {
    "email_address": FOREMOST_ADDRESS
    + _phrases(
        """
        mail, emails, e-mails, mail address, email addresses, email id, mail id, email addr
        mailadresse, emailadressen, e-post, elektronische Adresse, elektronische Post, elektronische Postadresse
        mél, mèl, adresse mail, adresse électronique, adresse de courriel, adresse courriel, courrier électronique
        adresse de messagerie
        correo, dirección de correo, dirección de correo electrónico, dirección de email, dirección email
        dirección electrónica, correu, correu electrònic
        correio eletrônico, correio eletrónico, correio electrónico, endereço de email, endereço eletrônico
        endereço de correio eletrônico
        posta elettronica, indirizzo di posta elettronica, indirizzo mail, indirizzo di posta
        adresă de email, adresa de e-mail, poștă electronică
        mailadres, e-postadresse, mejl, mejladress, netfang, tölvupóstur
        sähköposti, sähköpostiosoite, e-posti aadress, meiliaadress
        adres e-mail, adres mailowy, adres poczty elektronicznej, poczta elektroniczna, poczta
        e-mailová adresa, elektronická pošta, elektronski naslov, e-pošta, elektronička pošta
        e-mail cím, e-posta, e-posta adresi, elektronik posta
        ηλεκτρονικό ταχυδρομείο, διεύθυνση email
        эл. почта, электронная почта, почта, имейл, емейл, адрес электронной почты
        електронна пошта, ел. пошта, пошта, електронна поща
        דוא״ל, אימייל, דואר אלקטרוני, البريد الإلكتروني, بريد إلكتروني, الايميل, ایمیل
        ईमेल, อีเมล, thư điện tử, surel, alamat email
        メール, メールアドレス, Eメール, 電子メール
        邮箱, 电子邮箱, 电子邮件, 邮箱地址, 電子郵件, 電郵
        이메일, 이메일 주소, 메일
        """
    ),
    "redirect_url": _phrases(
        """
        redirect, redirect to, redirect uri, redirection url, landing page, landing page url, return url
        Weiterleitung, Weiterleitungs-URL, Ziel-URL
        url de redirection, redirection, url de redirección, url de redirecionamento, url di reindirizzamento
        doorverwijs-url, adres przekierowania
        """
    ),
    "notify": _phrases(
        """
        send email, send mail, send invitation email, send notification, notification, notifications, notify by email
        benachrichtigen, Benachrichtigung, Mail senden, E-Mail senden
        notifier, notificar, notificare, avisar, notifica, powiadom, meddela
        """
    ),
    "ignore_existing": _phrases(
        """
        ignore existing invitation, ignore existing invitations, ignore pending
        vorhandene ignorieren, bestehende ignorieren, ignorer existants, ignorar existentes, ignora esistenti
        """
    ),
    "expires_in_days": _phrases(
        """
        expires in, expires, expires after days, expiry, expiry days, expiration, expiration days, days until expiry
        days to expire, valid days, valid for days, validity days
        gültig Tage, Gültigkeit in Tagen, Gültigkeit (Tage), Ablauf in Tagen
        jours de validité, expire dans jours, expiration en jours, días de validez, caduca en días, giorni di validità
        dias de validade, geldig dagen, dni ważności
        """
    ),
    "template_slug": _phrases("template, email template, template name, mail template, Vorlage, modèle, plantilla"),
    "role": _phrases(
        """
        roles, clerk role, org role, organization role, organisation role, membership role, member role, role key
        Rolle, Rollen, rôle, rol, ruolo, papel, função, rola, roll
        """
    ),
    "inviter_user_id": _phrases(
        """
        inviter, inviter id, invited by, invited by id, invited by user id, inviting user, inviting user id
        eingeladen von, einladende Person, invité par, invitado por, convidado por, invitato da, uitgenodigd door
        zaproszony przez, inbjuden av
        """
    ),
    "public_metadata": _phrases("metadata, meta, public meta, meta data, Metadaten, métadonnées, metadatos, metadati"),
    "private_metadata": _phrases("private meta, private Metadaten, métadonnées privées, metadatos privados"),
}

# The words beside "e-mail" in a header say whose or which address it is.

NOTHING: Final = _words(
    """
    address addresses addresse adresse adressen adress adres adresa addr direccion direction indirizzo endereco
    electronique electronico eletronico elettronica
    id of the your ihre deine votre de du des del della di da do la le el die
    der ta su tu en
    """
)
FIRST: Final = _words("1 01 primary main first principal principale haupt hoofd new")
WORK: Final = _words(
    """
    work business company corporate office job organization organisation official
    arbeit arbeits buro buero firma bureau pro travail entreprise societe trabajo empresa lavoro ufficio trabalho
    werk bedrijf jobb arbete arbets praca
    """
)
WORK_STEMS: Final = _stems(
    """
    firmen dienst geschaft geschaeft beruf profes corporat laboral aziendal zakelijk sluzbow firmow arbeids arbejds tyo
    """
)
PRIVATE_STEMS: Final = _stems("privat prive personal personnel perso home particul prywatn pessoal")
SECOND: Final = _words(
    """
    second secondary alternate alternative alt backup other additional recovery old former previous cc bcc
    zweite weitere andere alternativ secondaire autre secundario otro secondario altra tweede drugi
    """
)
SOMEBODY_ELSE: Final = _words(
    """
    supervisor boss lead leader head parent parents guardian mother father spouse partner emergency sponsor mentor buddy
    assistant referrer recruiter sender from owner creator by hr billing support approver reviewer coach teacher tutor
    superior chef chefin eltern notfall jefe capo chefe responsable leidinggevende przelozony von par por przez av door
    """
)
SOMEBODY_ELSE_STEMS: Final = _stems("manager vorgesetzt inviter einlad referent ansprechpartner responsabil")
ABOUT_MAIL: Final = _words(
    """
    status verified verification confirmed sent date time opt optin optout consent type template domain count provider
    subject language bounced bounce valid list notification notifications notify send newsletter subscribed unsubscribed
    preference preferences opened clicked voice voic direct is has no hash body text frequency client format signature
    quota bestatigt verifiziert gesendet senden datum erlaubt statut envoye
    """
)
"""A header with one of these speaks about mail and holds no addresses."""

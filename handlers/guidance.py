"""How to lodge a formal complaint or denunciation, which no chat can take (LAW 1.1, 1.2, 1.9 B1)."""

from __future__ import annotations

from bot.text import Text, _, joined
from handlers.turn import Agency

# Each answers to "what does the law ask for?"; numbers are those of LAW 1.2: L.02/2011/QH13, L.25/2018/QH14.
COMPLAINT = joined(
    _("To have a decision about you reviewed (khiếu nại), the law asks for more than a chat:"),
    _("• Write and sign a petition, or tell it in person at the reception office, where it is written down and you sign."),
    _(
        "• Give it to whoever made the decision, or to the head of that office. After their first decision you can turn to the "
        "head above, or to a court."
    ),
    _("• Do so within 90 days of the day on which you received the decision or learned of it."),
    _("• State the date, your name and address, what was decided, why you think it is wrong, and what you ask for. Add copies."),
    _("• Within 7 working days the office tells you in writing whether it takes your petition."),
)
DENUNCIATION = joined(
    _("To accuse somebody of breaking the law (tố cáo), the law asks for more than a chat:"),
    _("• Write a petition with your signature or fingerprint, or tell it in person at the office that is competent."),
    _(
        "• That is the head of the body that the official works for. If it is about a head or deputy head, it is the head of the "
        "body above."
    ),
    _("• State the date, your name, address and how to reach you, what was done, by whom, and what shows it."),
    _("• The law keeps your name secret, and you can ask for protection."),
    _("• Within 7 working days (10 if several places must be checked) the office says whether it takes it."),
    _("Please tell what you know. An honest mistake is no wrong; knowingly false statements have consequences under the law."),
)


def where(agency: Agency) -> Text:
    """Return where the reception office is."""
    return _("Citizens' reception: {address}. Telephone: {phone}.")(address=agency.address, phone=agency.phone)


def complaint(agency: Agency) -> Text:
    """Return how to lodge a khiếu nại, and that feedback does not stand for it."""
    note = _("What you send here counts as feedback. It does not stand for a petition and does not stop the 90 days.")
    return joined(COMPLAINT, where(agency), note, by="\n\n")


def denunciation(agency: Agency) -> Text:
    """Return how to lodge a tố cáo, and who reads feedback on the same matter."""
    note = _(
        "You can also send the matter here as feedback. Our reception officers read it first, and the office that you write "
        "about does not get it. It counts as information, not as a petition."
    )
    return joined(DENUNCIATION, where(agency), note, by="\n\n")


def going_on(agency: Agency) -> Text:
    """Return how to go on with a denunciation on paper when its answer does not satisfy (tố cáo tiếp, L.25/2018/QH14 art. 37)."""
    way = _(
        "To go on with a denunciation (tố cáo tiếp) by law, send a signed petition to the head of the body above the one that "
        "answered: what you were told, and why you think that it is wrong. That body looks at it within 20 days. What you send "
        "here does not stand for it."
    )
    return joined(way, where(agency), by="\n\n")

"""What the groups of topics are called (the first part of a topic's id)."""

from __future__ import annotations

from portal.i18n import N_

GROUPS = {
    "recognition": N_("Recognition of qualifications"),
    "fasttrack": N_("Fast-track procedure (§ 81a AufenthG)"),
    "visa": N_("Visa and residence titles"),
    "residence": N_("Residence in Germany"),
    "placement": N_("Placement by the Federal Employment Agency"),
    "referral": N_("Offices and advice"),
    "language": N_("German language"),
    "integration": N_("Arriving and working"),
    "rights": N_("Your rights"),
    "service": N_("About this assistant"),
}

"""The assistant's own sentences, by key; Rasa and the actions name the key, never the sentence."""

from __future__ import annotations

from portal.i18n import N_

SAYS = {
    "greet": N_("Hello! What would you like to know about recognition, visas or hiring skilled workers from abroad?"),
    "thank": N_("You are welcome. Is there anything else you would like to know?"),
    "goodbye": N_("Goodbye, and all the best for your way!"),
    "how_can_i_help": N_("All right. What would you like to know instead?"),
    "complaint": N_("I am sorry that this was not helpful. You can ask in other words, or talk to a person."),
    "abuse": N_("Let us stay polite, please. I am glad to help with a question about working in Germany."),
    "not_covered": N_(
        "I have no checked answer to this. I know about recognition of qualifications, visas for work, the fast-track "
        "procedure and the right offices in Germany. Please ask in other words, or talk to a person."
    ),
    "offer": N_("What is your question about? Please choose, or ask in other words."),
    "ask_state": N_("In which federal state? Then I can name the right office."),
    "started_over": N_("Let us start anew. What would you like to know?"),
    "language": N_("I continue in English."),
    "language_not_live": N_(
        "My texts are not yet available in your language. Here is the answer in English; you can keep writing in your "
        "own language."
    ),
    "person": N_("Talk to a person"),
    "handover": N_("These people help you personally:"),
    "hotline": N_("Hotline “Working and Living in Germany”: +49 30 1815-1111. Staff answer in German and English."),
    "no_waiting": N_("If you do not want to wait: %(hotline)s"),
    "ag_s": N_(
        "Employers: the employer service (Arbeitgeber-Service, AG-S) of your local employment agency, arbeitsagentur.de."
    ),
    "understood": N_("So far I understand: %(what)s."),
    "back": N_("Back"),
    "leave": N_("Stop the questions"),
    "take_along": N_("You can tell them what you answered here: %(what)s."),
    "guide_left": N_("All right, no more questions. What you told me is kept in this chat; you can go on at any time."),
    "guide_person": N_("I do not understand your answers. A person can help you better; you can also start again."),
    "titles": N_("Residence titles (Aufenthaltstitel):"),
    "steps": N_("The steps:"),
    "costs": N_("What it costs:"),
    "office": N_("Who helps you:"),
    "until": N_("by %(day)s at the latest"),
    "valid_until": N_("Valid until %(day)s."),
    "no_paper": N_("A PDF cannot be made on this server right now. Please print the page instead."),
    "bad_fact": N_("This guide does not know one of these answers. Please begin it anew."),
    "as_page": N_("Open as a page"),
    "as_pdf": N_("PDF"),
    "as_calendar": N_("Dates for the calendar"),
    "failure": N_(
        "I cannot answer right now; the fault is ours. Your message is stored. Please try again in a minute, or call "
        "the hotline “Working and Living in Germany”: +49 30 1815-1111."
    ),
    "contacts": N_("Your contact in this federal state:"),
    "occupation": N_("About the occupation %(name)s:"),
    "regulated_federal": N_("it is regulated; nobody may work in it without the licence or recognition."),
    "regulated_state": N_(
        "it is regulated by the federal states; in general nobody may work in it without recognition."
    ),
    "craft": N_(
        "as an employee you may work in it without recognition, though a visa may require it; to be self-employed you "
        "need the entry in the register of crafts (Handwerksrolle)."
    ),
    "licence": N_("what counts is a licence of its own, such as the driving licence with its qualification."),
    "not_regulated": N_("it is not regulated; the law does not require recognition to work in it, but a visa may."),
    "competent": N_("Competent for recognition: %(body)s."),
    "not_verified": N_("not verified, please check"),
    "unverified": N_("Not verified: %(what)s"),
    "too_long": N_("Your message is too long: at most 2,000 characters. Please shorten it."),
    "empty": N_("Your message is empty. Please write a question."),
    "choose_again": N_("This choice is no longer open. Please choose again or write your question."),
    "ended": N_(
        "This chat has ended, so your message was not sent. Ask for a person again, or go on with the assistant."
    ),
    "not_now": N_("This cannot be done at this point of the chat."),
    "no_organisation": N_(
        "No organisation takes messages here yet. Please call the hotline or write to the office itself."
    ),
    "not_found": N_("This conversation does not exist, or it was deleted. Please start a new one."),
    "bad_request": N_("This request could not be read."),
    "other_text": N_("This message was already sent with another text."),
    "too_big": N_("This is too much at once. Please send less."),
    "too_fast": N_("You are sending very fast. Please wait a moment, then send it again."),
    "server_error": N_("Something went wrong on our side. Nothing you sent was lost; please try again."),
    "no_page": N_("This page does not exist."),
}

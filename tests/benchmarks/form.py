"""The words of the five-question form that several bots ask in their own ways."""

QUESTIONS = (
    "Which office is it about?",
    "Who is it about?",
    "When did it happen?",
    "What happened?",
    "How can we reach you?",
)
THANKS = "Thank you. We have written it down."

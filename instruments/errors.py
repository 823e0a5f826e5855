"""What can be wrong with a questionnaire, or with the answers to it."""


class InstrumentError(ValueError):
    """A questionnaire that cannot be understood, or answers it cannot have. Never holds an answer."""

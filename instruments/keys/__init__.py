"""The keys of ten questionnaires, one file each. Numbers only: their texts belong to others and are never here."""

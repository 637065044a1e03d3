"""Which findings are shown: rule selection and suppression comments."""

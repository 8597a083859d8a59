"""The year of the account: cycles, frozen versions, and what reviewers decided."""

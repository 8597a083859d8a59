"""What a person types: one thin command per verb. The work is done elsewhere."""

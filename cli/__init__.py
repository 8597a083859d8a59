"""What a person types: one thin command per verb. The work is done elsewhere."""

import gc

# A command makes most of its objects once, while it imports; looking through those for rubbish every 700 new ones costs
# a seventh of the start of a short one.
gc.set_threshold(100_000, 20, 20)

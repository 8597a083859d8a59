"""What the norms say, what evidence is, and how evidence becomes a status.

Framework data (YAML/TSV), evidence kinds, vocabularies, rules and the ordered SQL models. No database, no network,
no orchestration: `warehouse` runs what is described here.
"""

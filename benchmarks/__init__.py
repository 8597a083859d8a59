"""Measurements, each beside a floor or a peer in the same run. They print figures and judge nothing."""

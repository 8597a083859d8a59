"""When things happen, and what if they fail. What happens is said elsewhere. Importing this package loads no Prefect."""

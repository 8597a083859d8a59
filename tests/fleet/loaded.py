"""What a night loads, loaded: for the server that workers are forked from."""

import duckdb
import great_expectations

import connectors.spreadsheet
import expectations.validate
import flows.fleet
import tests.fleet.fleets

LOADED = (connectors.spreadsheet, duckdb, expectations.validate, flows.fleet, great_expectations, tests.fleet.fleets)

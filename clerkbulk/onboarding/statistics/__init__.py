"""Numbers of many journeys: funnel, curves with bands, tests, cohorts, forecasts. Pure, and without numpy."""

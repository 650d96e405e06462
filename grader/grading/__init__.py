"""One execution to grades: match models with exercises, run the checks, settle the status, apply overrides.

Everything here is a function of what was recorded; only a check that needs it trains. Imported by `pipeline`, `runs`,
`authoring` and `notebook`.
"""

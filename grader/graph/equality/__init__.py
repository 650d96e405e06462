"""When two networks are the same: the canonical form, exact comparison, and named freedoms.

Imports `reading` for names; `differences` and everything above rests on it."""

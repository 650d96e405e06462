"""One file for each format of a report, and the table of them. Each is a pure function from a report to text."""

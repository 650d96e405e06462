"""How an assignment gets its thresholds, epochs and tries, and how often its verdicts are right.

Imports `verdicts`; authors' commands import it, and grading only to see whether a calibration still holds."""

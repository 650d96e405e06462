"""What submissions are graded against: specs, calibrations, and the course that they make together.

`spec.py` reads `assignment.toml`, `calibration.py` the measurements of a reference, `course.py` joins them. Imports
`checks` for the options of each kind, and `training` for what a calibration is based on."""

"""Training: the trainer process, its memo, verdicts on learning, and calibration.

`trainer` is the coordinator's end and starts the other end, `job` is what crosses between them, `memo` remembers.
`verdicts` says what runs mean, `calibration` measures references. Only `engine` imports Keras, and only the trainer
process imports `engine`.
"""

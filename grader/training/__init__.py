"""Training: the trainer process, its memo, verdicts on learning, and calibration.

`trainer` asks, `host` runs the process that answers, `messages` are what crosses between them, `memo` remembers.
`verdicts` says what runs mean, `calibration` measures references. Only `engine` imports Keras, and only the trainer
process imports `engine`.
"""

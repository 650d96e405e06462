"""Training: the trainer process, its memo, verdicts about learning, and calibration.

The coordinator imports `trainer`, `learning`, `calibrate` and what they need. Only `worker`, `run`, `loop`
and `build` import Keras, and only the trainer process imports those.
"""

"""The trainer process: the only place that imports Keras. `python -m grader.training.engine`.

It is asked through `training.job`, and trains what the allow-list of `graph.reading` can build. Nothing imports it;
`training.process` starts it."""

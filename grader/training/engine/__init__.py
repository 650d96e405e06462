"""The trainer process: the only place that imports Keras. `python -m grader.training.engine`.

Its requests are in `training.job`; it trains what the allow-list of `graph.reading` can build. Nothing imports it;
`training.trainer` starts it."""

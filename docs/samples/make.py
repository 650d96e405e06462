"""Writes the practice class of the instructors' tutorial: a download of Moodle, and the worksheet that belongs to it.

`python docs/samples/make.py`, from the root of the repository. Names, numbers and submissions are invented.
"""

from __future__ import annotations

import zipfile
from pathlib import Path

HERE = Path(__file__).parent
MADE = (2026, 10, 1, 12, 0, 0)
HEADER = """\
import keras
import numpy as np
from keras import Input, Model
from keras.layers import Dense, concatenate

x = np.linspace(0.0, 1.0, 1000)
sine = np.sin(2 * np.pi * x)

"""
RIGHT = """\
left = Input(shape=(1,))
right = Input(shape=(1,))
a = Dense(32, activation="sigmoid", kernel_initializer="uniform")(left)
b = Dense(20, activation="sigmoid", kernel_initializer="uniform")(right)
both = concatenate([a, b])
hidden = Dense(32, activation="sigmoid", kernel_initializer="uniform")(both)
out = Dense(1, kernel_initializer="uniform")(hidden)
two_inputs = Model(inputs=[left, right], outputs=out)
two_inputs.compile(optimizer="rmsprop", loss="mse")
two_inputs.fit([x, x], sine, epochs=400, batch_size=32, verbose=0)
"""
CLASS = {
    # name, participant, submitted: what the program has in place of the right lines
    ("Amina Diallo", 4711, True): {},
    ("Bruno Costa", 4712, True): {'Dense(32, activation="sigmoid", kernel_initializer="uniform")(both)':
                                  'Dense(52, activation="sigmoid", kernel_initializer="uniform")(both)'},
    ("Chiara Rossi", 4713, True): {"concatenate([a, b])": "concatenate(a, b)"},
    ("Dmitri Orlov", 4714, True): {'activation="sigmoid"': 'activation="relu"'},
    ("Emma Larsen", 4715, False): {},
    ("Farid Haddad", 4716, True): {"two_inputs": "net", "both": "merged"},
}  # fmt: skip


def main() -> None:
    with zipfile.ZipFile(HERE / "hw2.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for (name, participant, submitted), changes in CLASS.items():
            program = HEADER + RIGHT
            for old, new in changes.items():
                program = program.replace(old, new)
            if submitted:
                member = zipfile.ZipInfo(f"{name}_{participant}_assignsubmission_file/hw2.py", MADE)
                archive.writestr(member, program, zipfile.ZIP_DEFLATED)
    columns = ("Identifier", "Full name", "Email address", "Status", "Grade", "Maximum grade", "Grade can be changed",
               "Last modified (submission)", "Last modified (grade)", "Feedback comments")  # fmt: skip
    rows = [",".join(columns)]
    for name, participant, submitted in CLASS:
        address = f"{name.split()[0].lower()}@example.org"
        status, time = ("Submitted for grading", "1 October 2026, 11:40 AM") if submitted else ("No submission", "-")
        rows.append(f'Participant {participant},{name},{address},{status},,10.00,Yes,"{time}",-,')
    (HERE / "Grades-hw2.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()

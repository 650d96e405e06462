"""The student's side: runs one submission and leaves a recording. This text is the protocol.

Nothing here imports `grader`: `sandbox/inside` loads this folder by its path, with the interpreter of the course if
need be, and all in it uses the standard library, each other and (for notebooks) nbclient and ipykernel. `source` reads
the student's code, `notes` looks for what shows a mistake, and the rest runs and watches the program.

    main JOB.json                   drive the submission
    main JOB.json kernel -f FILE    be the kernel of a notebook (started by the driver)

JOB.json
    work       the private copy of the submission, and the current folder of the code
    entry      the file to run, relative to `work`
    out        where the recording goes
    scratch    a folder for the driver's own files
    functions  names of functions without arguments, called one by one after the whole file
    marks      ids of exercises that tags, comments and headings may name
    full_fit   whether `fit` runs as asked (true) or is cut to one step (false)
    steps      what is done to the program before it runs: {"file", "cell", "edits"} of next steps
    goes_on    whether it goes on after errors, with what stands for the missing layers (see `running_on`)
    nonce      what the recording repeats, so that none of another run is taken for this one's
    limits     {"output_bytes": most text and most pictures to keep, "models": most models to keep}

OUT/recording.json, by the process in which the code runs, and before there is one by the driver; rewritten before each
cell, and whenever something is built, compiled or fitted, so that whatever ends the process loses nothing:
    nonce              of the job
    versions           {"python", "keras", "tensorflow", "numpy"}
    problem            why the file cannot be run at all, or Keras not be watched, or ""
    finished           whether the code was run to the end
    running            the cell that is running, or null
    calling            the listed function that is being called, or ""
    needs_training     where `fit` is cut: "network" where results of training decide which is built or kept, "loop"
                       where nothing was run, since one ends a loop; or ""
    models             each: index, kind, class_name, variables, function, returned, location, marks (of the running
                       cell or line first, which may be "", then of the functions that it called), config, config_error,
                       compiles (of which `edits` are those of the settings where the program gives them or leaves them
                       out, without the value that is new), fits,
                       is_again (whether it is one of the others, compiled again below another mark),
                       layer_locations ({name: location}, where each layer was created, with the
                       `column` of the call, and the location of its `caller` where a line of a helper creates several),
                       layer_values ({name: {parameter: [{"text", "location", "ordinal", "instead"}, ...]}}, the
                       literal that gives it the value, where that is certain, and what its call has for it; and, as
                       {variable: code}, what may be there instead),
                       layer_calls ({name: locations}, the lines that call it, where these are others),
                       layer_variables ({name: variable}, what holds the layer or the one tensor that it returned),
                       layer_results (the same of the tensor alone),
                       reused_variables (those of them that are given a value again), layers_prefix (`layers.` before
                       the classes of layers, where the code can write it so), layers_imported ({class or function of
                       Keras: what the code calls it}, where it has imported them),
                       statements (those that build the model, by whole lines, the one of `Model(…)` last, each:
                       location, above, code, binds, reads, calls, held, layers, model, below),
                       called (those that call the functions around these, the innermost first),
                       reads (what calls read, each: `call`, with which of the tensors that it reads, tensor, `written`,
                       the text that says so, with its location, and `instead`, {variable: tensor}, what may be there),
                       results ({input: tensor}, what `Model(…)` was given where Keras had to make an input of it),
                       unused (calls of layers that no model holds, as a config has the layer, with `reads`, `shapes`)
    notes              each: code, location, said ({name: a text, a whole number or a list of texts}), edits
    failures           each: type, message, location, traceback, settled, marks, function
    function_failures  {name: failure}
    cut                the first cell that printed more than is kept, or null
    outputs            of a notebook, each: kind ("text", "error", "png"), content, cell

In a config, each call of a layer has the shapes that it returns as `shapes`, each layer has the number of its
`weights`, and a layer that is in several (nested) models has the same `object`, a number, in each of them.

A tensor is [the name of a layer, which of its calls]. Of a statement `above` are the lines between the one before and
its own, which are its `code`; it `binds` and `reads` names. Its `calls` are tensors of the network, each with the code
of what is called or "". `held` are the tensors and `layers` the layers that variables
hold before it ({variable: tensor}, {variable: name}), or null and {} where it calls none. `model` is null for all but
the last, which has what stands before and after the inputs and outputs of `Model(…)`, or [] where that is unclear; its
`below` are names that the statements bind, and what comes after reads. One that `failed` is not what the code says.

What a note `said` are the values that the words for its code name, such as the shape of an array; grader/hints has the
words; `case` chooses between them, where a code has several. Its `edits` say what to write, see `grader.domain.Edit`:
each has `line`, `cell` and `file`, and `new` in place of `old`, perhaps the `nth` of several, or as a line of its own,
perhaps `within` a function; or it is what stands `above`, or begins with so many `spaces`. What else an edit has,
`call`, `argument`, `last` and `below`, is the grader's alone.

A location is {"cell", "line", "file"}: code cells count from 1, empty ones too, and so do lines. A failure is `settled`
when no `fit` cut short can have caused it. A fit has epochs, batch_size, ranges of targets, the edits that exchange two
of them, and whether it was cut and has finished. A compile call has optimizer, loss, loss_weights and metrics, each
null, a number, {"setting": name, "config": {...}}, a list of these, or {"by_name": {name: one of these}}. Both have an
`order`: compile calls and fits of all models are counted together.

All JSON is strict, and every string and list is bounded.
"""

"""Start Rasa without TensorFlow: `python lean.py train | run | test core | data validate`.

Rasa 3.6.21 imports six TensorFlow modules on its way up, though RulePolicy, Memoization, forms and trackers need none
of them. Empty stand-ins save 30 s of start and about 900 MB. A config that names one of them fails plainly.
Rasa also re-checks its own JSON schema at each action call (20 ms); here the validator is compiled once.
See docs/decisions/0001-lean-rasa.md.
"""

import sys
import types
import warnings

STUBS = {
    "rasa.utils.tensorflow.callback": ("RasaTrainingLogger", "RasaModelCheckpoint"),
    "rasa.utils.tensorflow.data_generator": ("RasaBatchDataGenerator",),
    "rasa.nlu.classifiers.diet_classifier": ("DIETClassifier",),
    "rasa.nlu.selectors.response_selector": ("ResponseSelector",),
    "rasa.nlu.featurizers.dense_featurizer.convert_featurizer": ("ConveRTFeaturizer",),
    "rasa.nlu.featurizers.dense_featurizer.lm_featurizer": ("LanguageModelFeaturizer",),
    "rasa.core.policies.ted_policy": ("TEDPolicy",),
    "rasa.core.policies.unexpected_intent_policy": ("UnexpecTEDIntentPolicy",),
}


def leave_out_tensorflow() -> None:
    """Put empty modules where Rasa expects its TensorFlow ones."""
    for name, classes in STUBS.items():
        module = types.ModuleType(name)
        for cls in classes:
            setattr(module, cls, type(cls, (), {}))
        sys.modules[name] = module


def compile_action_schema() -> None:
    """Check the schema of action answers once instead of at each call."""
    from jsonschema.exceptions import best_match
    from jsonschema.validators import validator_for
    from rasa.core.actions.action import RemoteAction

    schema = RemoteAction.action_response_format_spec()
    validator = validator_for(schema)(schema)

    def check(self, result):
        error = best_match(validator.iter_errors(result))
        if error is not None:
            raise error
        return True

    RemoteAction._validate_action_result = check


def refuse_open_doors(arguments: list) -> None:
    """Rasa listens on loopback, without its HTTP API and without CORS (SEC-E02); anything else ends here."""
    for word in ("--enable-api", "--cors", "--connector", "--credentials"):
        if any(a == word or a.startswith(word + "=") for a in arguments):
            sys.exit(f"lean.py: {word} is not allowed: the portal's own channel is the bot's only door.")
    if "0.0.0.0" in arguments:  # noqa: S104
        sys.exit("lean.py: the bot listens on 127.0.0.1 only.")


def quiet_deprecations() -> None:
    """Warnings of pinned packages help no operator. Sanic turns them on for the whole process when it is imported."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import matplotlib  # noqa: F401
        import sanic.app  # noqa: F401
    warnings.filterwarnings("ignore", category=DeprecationWarning)


if __name__ == "__main__":
    leave_out_tensorflow()
    quiet_deprecations()
    if sys.argv[1:2] == ["run"]:
        refuse_open_doors(sys.argv[2:])
        compile_action_schema()
    from rasa.__main__ import main

    main()

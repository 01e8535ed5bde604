"""Intents from dense vectors: multinomial logistic regression, stored as plain arrays (loads without sklearn)."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any, Dict, List, Optional, Text, Type

import numpy as np
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.classifiers.classifier import IntentClassifier
from rasa.nlu.featurizers.featurizer import Featurizer
from rasa.shared.nlu.constants import INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from components import turns

QUESTION = "question"


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class DialogueIntents(IntentClassifier, GraphComponent):
    """Tells the few intents of the dialogue from a question to the knowledge; in doubt it is a question.

    A dialogue intent needs `threshold`; entities come from the portal's gazetteer and pass through.
    """

    @classmethod
    def fingerprint_addon(cls, config: Dict[Text, Any]) -> Text:
        return hashlib.sha256(Path(__file__).read_bytes()).hexdigest()

    @classmethod
    def required_components(cls) -> List[Type]:
        return [Featurizer]

    @staticmethod
    def get_default_config() -> Dict[Text, Any]:
        return {"C": 10.0, "max_iter": 300, "threshold": 0.5, "ranking_length": 12}

    def __init__(
        self,
        config: Dict[Text, Any],
        storage: ModelStorage,
        resource: Resource,
        arrays: Optional[Dict[Text, np.ndarray]] = None,
    ) -> None:
        self._config = {**self.get_default_config(), **config}
        self._storage, self._resource, self._arrays = storage, resource, arrays

    @classmethod
    def create(cls, config, model_storage, resource, execution_context: ExecutionContext):
        return cls(config, model_storage, resource)

    @classmethod
    def load(cls, config, model_storage, resource, execution_context, **kwargs):
        with model_storage.read_from(resource) as folder:
            with np.load(folder / "intents.npz", allow_pickle=False) as z:
                return cls(config, model_storage, resource, {k: z[k] for k in z.files})

    def train(self, training_data: TrainingData) -> Resource:
        from sklearn.linear_model import LogisticRegression  # only training needs it

        examples = [m for m in training_data.intent_examples if m.get(TEXT) and m.get(INTENT)]
        x = np.vstack([m.get_dense_features(TEXT)[1].features for m in examples])
        fit = LogisticRegression(
            C=self._config["C"], max_iter=self._config["max_iter"], class_weight="balanced", random_state=0
        ).fit(x, [m.get(INTENT) for m in examples])
        self._arrays = {
            "coef": fit.coef_.astype(np.float32),
            "bias": fit.intercept_.astype(np.float32),
            "names": np.array(fit.classes_, dtype=str),
        }
        with self._storage.write_to(self._resource) as folder:
            np.savez(folder / "intents.npz", **self._arrays)
        return self._resource

    def ranking(self, vector: np.ndarray) -> List[Dict[Text, Any]]:
        """Intents with their probabilities, best first."""
        if self._arrays is None or not vector.any():
            return [{"name": QUESTION, "confidence": 1.0}]
        z = self._arrays["coef"] @ vector + self._arrays["bias"]
        p = np.exp(z - z.max())
        p /= p.sum()
        order = p.argsort()[::-1][: self._config["ranking_length"]]
        return [{"name": str(self._arrays["names"][i]), "confidence": float(p[i])} for i in order]

    def process(self, messages: List[Message]) -> List[Message]:
        for message in messages:
            features = message.get_dense_features(TEXT)[1]
            ranking = self.ranking(features.features[0]) if features is not None else self.ranking(np.zeros(1))
            best = ranking[0]
            if best["name"] != QUESTION and best["confidence"] < self._config["threshold"]:
                best = {"name": QUESTION, "confidence": 1.0 - best["confidence"]}
            message.set("intent", best, add_to_output=True)
            message.set("intent_ranking", ranking, add_to_output=True)
            message.set("entities", turns.ENTITIES.take(message.get("message_id")) or [], add_to_output=True)
        return messages

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        return training_data

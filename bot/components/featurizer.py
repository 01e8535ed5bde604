"""Sentence vectors as dense features, all made by the portal: with each turn when serving, in a file when training."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import Any, Dict, List, Text, Type

import numpy as np
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.featurizers.dense_featurizer.dense_featurizer import DenseFeaturizer
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from components import turns

DIMENSION = 384
CACHE = Path(os.environ.get("WEGWEISER_VECTORS", "../var/vectors.npz"))


def language_of(message: Message) -> Text:
    metadata = message.get("metadata") or {}
    return str((metadata.get("intent") or {}).get("language", "")) or "und"


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER, is_trainable=False)
class SentenceVectors(DenseFeaturizer, GraphComponent):
    """One row of 384 numbers a message (multilingual-e5-small), centred per language, length 1."""

    @classmethod
    def fingerprint_addon(cls, config: Dict[Text, Any]) -> Text:
        return hashlib.sha256(Path(__file__).read_bytes()).hexdigest()

    @classmethod
    def required_components(cls) -> List[Type]:
        return []

    @staticmethod
    def get_default_config() -> Dict[Text, Any]:
        return {**DenseFeaturizer.get_default_config()}

    @classmethod
    def validate_config(cls, config: Dict[Text, Any]) -> None:
        pass

    def __init__(self, config: Dict[Text, Any], name: Text) -> None:
        super().__init__(name, {**self.get_default_config(), **config})

    @classmethod
    def create(
        cls,
        config: Dict[Text, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> "SentenceVectors":
        return cls(config, execution_context.node_name)

    def process(self, messages: List[Message]) -> List[Message]:
        for message in messages:
            vector = turns.VECTORS.take(message.get("message_id"))
            if vector is None or vector.shape != (DIMENSION,):
                vector = np.zeros(DIMENSION, np.float32)  # a button, or no encoder: the classifier says "question"
            self.add_features_to_message(None, vector[None, :], TEXT, message)
        return messages

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Centre by language: the mean of a language's examples is taken away, as the portal does when serving."""
        examples = [m for m in training_data.training_examples if m.get(TEXT)]
        vectors = encode([str(m.get(TEXT)) for m in examples])
        languages = np.array([language_of(m) for m in examples])
        means = dict(np.load(CACHE.with_name("means.npz"))) if CACHE.with_name("means.npz").exists() else {}
        for language in set(languages):
            rows = languages == language
            vectors[rows] -= means.get(language, vectors.mean(axis=0))
        vectors /= np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)
        for message, vector in zip(examples, vectors, strict=True):
            self.add_features_to_message(None, vector[None, :], TEXT, message)
        return training_data


def encode(texts: List[Text]) -> np.ndarray:
    """Vectors of texts (n, 384) from the portal's cache. Raises LookupError for a text that it does not hold."""
    with np.load(CACHE, allow_pickle=False) as z:
        known: Dict[Text, np.ndarray] = dict(zip(z["keys"].tolist(), z["vectors"], strict=True))
    keys = [hashlib.sha1(t.encode()).hexdigest() for t in texts]  # noqa: S324 a cache key, not a signature
    missing = [text for text, key in zip(texts, keys, strict=True) if key not in known]
    if missing:
        raise LookupError(f"{len(missing)} sentences have no vector ({missing[0]!r}); train with: wegweiser prepare")
    return np.vstack([known[key] for key in keys]).astype(np.float32)

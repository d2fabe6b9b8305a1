"""The Reader as a Rasa graph component: it attaches the reading to the message; the intent is the label after the gate."""

from __future__ import annotations

from typing import Any

from ampoule import content, signing, training
from ampoule.encoder import Encoder
from ampoule.examples import Example
from ampoule.reader import Reader
from ampoule.state import SLOTS, State
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.nlu.constants import INTENT, METADATA, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from pipeline import patches
from pipeline.paths import CONTENT, MODELS, ROOT

patches.apply()


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class ReaderComponent(GraphComponent):
    def __init__(self, model_storage: ModelStorage, resource: Resource, reader: Reader | None = None) -> None:
        self._model_storage, self._resource, self._reader = model_storage, resource, reader

    @classmethod
    def create(cls, config: dict[str, Any], model_storage: ModelStorage, resource: Resource, execution_context: ExecutionContext) -> ReaderComponent:
        return cls(model_storage, resource)

    @classmethod
    def load(
        cls, config: dict[str, Any], model_storage: ModelStorage, resource: Resource, execution_context: ExecutionContext, **kwargs: Any
    ) -> ReaderComponent:
        with model_storage.read_from(resource) as folder:
            return cls(model_storage, resource, Reader.load_from(folder, MODELS / "encoder", signing.load_for_patients(CONTENT)))

    def train(self, training_data: TrainingData) -> Resource:
        encoder = Encoder(MODELS / "encoder")
        examples = [Example(m.get(TEXT), m.get(INTENT), "") for m in training_data.intent_examples]
        reader = training.train(
            examples,
            content.load(CONTENT),
            encoder,
            say=lambda step: print(f"  learning: {step}", flush=True),
            vectors=training.VectorCache(encoder, ROOT / ".cache"),
        )
        with self._model_storage.write_to(self._resource) as folder:
            training.save(reader, folder)
        return self._resource

    def process(self, messages: list[Message], tracker: DialogueStateTracker) -> list[Message]:
        """`tracker` is asked for by its name: Rasa hands the conversation to the component (None while testing)."""
        slots = {name: tracker.get_slot(name) for name in SLOTS} if tracker and tracker.slots else {}
        for message in messages:
            metadata = message.get(METADATA) or {}
            state = State.from_slots(slots, metadata.get("ticket_open") is not False)
            reading = self._reader.read(message.get(TEXT) or "", state, metadata.get("choice"))
            confidence = max((p for label, p in reading.ranking if label == reading.label), default=1.0)
            message.set(INTENT, {"name": reading.label, "confidence": confidence}, add_to_output=True)
            message.set("intent_ranking", [{"name": label, "confidence": p} for label, p in reading.ranking], add_to_output=True)
            message.set("reading", reading.as_dict(), add_to_output=True)
        return messages

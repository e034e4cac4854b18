"""Transformers: tiny models of a configuration, without a hub."""

import json
from pathlib import Path

import pytest
import torch
from transformers import (
    BertConfig,
    BertForSequenceClassification,
    BertTokenizerFast,
    PreTrainedModel,
    pipeline,
)

from modelregistry import Client, errors
from modelregistry.frameworks import load_model, save_model
from tests.support.framework_models import Bomb

IDS = {"input_ids": torch.arange(10).reshape(2, 5)}
WORDS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "good", "bad", *map(str, range(23))]


@pytest.fixture(scope="module")
def bert() -> BertForSequenceClassification:
    torch.manual_seed(3)
    small = {"num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 16}
    return BertForSequenceClassification(BertConfig(vocab_size=30, hidden_size=16, **small)).eval()


def logits(model: PreTrainedModel) -> bytes:
    return model(**IDS).logits.detach().numpy().tobytes()


def test_a_model_is_loaded_from_the_registry(client: Client, bert: PreTrainedModel) -> None:
    version = client.log_model("bert", bert, example=IDS)
    loaded = client.load_model("bert@latest")

    assert version.tags["framework"] == "transformers"
    assert version.signature is not None
    assert [spec.name for spec in version.signature.outputs] == ["logits"]
    assert type(loaded) is BertForSequenceClassification
    assert logits(loaded) == logits(bert)


def test_a_pipeline_keeps_its_tokenizer(bert: PreTrainedModel, tmp_path: Path) -> None:
    (tmp_path / "vocab.txt").write_text("\n".join(WORDS))
    tokenizer = BertTokenizerFast(str(tmp_path / "vocab.txt"))
    pipe = pipeline("text-classification", model=bert, tokenizer=tokenizer)
    save_model(pipe, tmp_path / "model", example=["good"])
    loaded = load_model(tmp_path / "model")
    assert loaded(["good", "bad bad"]) == pipe(["good", "bad bad"])


@pytest.mark.parametrize(
    "changes",
    [
        {"auto_map": {"AutoModel": "evil.Evil"}},
        {"custom_pipelines": {"text-classification": {"impl": "evil.Evil"}}},
        {"attn_implementation": "someone/kernel"},
        {"_attn_implementation": {"text_config": "someone/kernel"}},
        {"text_config": {"auto_map": {"AutoConfig": "evil.Evil"}}},
    ],
    ids=lambda changes: next(iter(changes)),
)
def test_code_that_a_configuration_names_needs_trust(
    changes: dict[str, object], bert: PreTrainedModel, tmp_path: Path
) -> None:
    save_model(bert, tmp_path)
    path = tmp_path / "pretrained" / "config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))
    (path.parent / "evil.py").write_text("raise SystemExit('this code was run')")
    with pytest.raises(errors.TrustRequired, match=r"config\.json"):
        load_model(tmp_path)


def test_a_hidden_configuration_is_found_though_it_is_not_listed(
    bert: PreTrainedModel, tmp_path: Path
) -> None:
    save_model(bert, tmp_path)
    (tmp_path / "pretrained" / "tokenizer_config.json").write_text('{"auto_map": {"x": "y"}}')
    with pytest.raises(errors.TrustRequired, match="tokenizer_config"):
        load_model(tmp_path)


def test_pickled_weights_are_never_read(bert: PreTrainedModel, tmp_path: Path) -> None:
    save_model(bert, tmp_path)
    marker = tmp_path / "exploded"
    (tmp_path / "pretrained" / "model.safetensors").unlink()
    torch.save(Bomb(marker), tmp_path / "pretrained" / "pytorch_model.bin")
    content = json.loads((tmp_path / "MODEL.json").read_text())
    content["files"] = ["pretrained/config.json", "pretrained/pytorch_model.bin"]
    (tmp_path / "MODEL.json").write_text(json.dumps(content))
    with pytest.raises((errors.FrameworkError, OSError)):
        load_model(tmp_path, trust=True)
    assert not marker.exists()


@pytest.mark.parametrize("name", ["AutoConfig", "os.system", "pipeline", "Trainer", "__name__", ""])
def test_the_class_is_a_model_of_transformers(
    name: str, bert: PreTrainedModel, tmp_path: Path
) -> None:
    save_model(bert, tmp_path)
    content = json.loads((tmp_path / "MODEL.json").read_text())
    content["options"]["class"] = name
    (tmp_path / "MODEL.json").write_text(json.dumps(content))
    with pytest.raises(errors.ModelDocumentInvalid):
        load_model(tmp_path)


def test_a_class_of_others_is_saved_as_a_module(tmp_path: Path) -> None:
    class Own(PreTrainedModel):
        config_class = BertConfig

        def __init__(self, config: BertConfig) -> None:
            super().__init__(config)
            self.linear = torch.nn.Linear(2, 2)
            self.post_init()

    assert save_model(Own(BertConfig()), tmp_path).framework == "torch"

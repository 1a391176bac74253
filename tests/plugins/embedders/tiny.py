"""A small model of random weights, as sentence-transformers would save it."""

from __future__ import annotations

import json
from pathlib import Path

WORDS = ("the", "a", "of", "garden", "memory", "bread", "dough", "note", "why", "do", "i", "forget", "what", "read")
MARKS = ("query", "passage", ":", ".", "##s", "##ing")


def tiny_bert(folder: Path) -> Path:
    """A real BERT of random weights, two layers deep, with prompts of its own."""
    import torch
    from transformers import BertConfig, BertModel, BertTokenizerFast

    folder.mkdir()
    vocabulary = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *WORDS, *MARKS]
    (folder / "vocab.txt").write_text("\n".join(vocabulary))
    BertTokenizerFast(str(folder / "vocab.txt")).save_pretrained(folder)
    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=len(vocabulary),
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=4,
        intermediate_size=64,
        max_position_embeddings=64,
    )
    BertModel(config).save_pretrained(folder)
    write(
        folder,
        "modules.json",
        [module(0, "", "Transformer"), module(1, "1_Pooling", "Pooling"), module(2, "2_Normalize", "Normalize")],
    )
    write(folder, "sentence_bert_config.json", {"max_seq_length": 32, "do_lower_case": False})
    prompts = {"query": "query : ", "document": "passage : "}
    write(folder, "config_sentence_transformers.json", {"prompts": prompts, "default_prompt_name": None})
    (folder / "1_Pooling").mkdir()
    write(folder, "1_Pooling/config.json", {"word_embedding_dimension": 32, "pooling_mode_mean_tokens": True})
    return folder


def write(folder: Path, name: str, content: object) -> None:
    (folder / name).write_text(json.dumps(content))


def module(index: int, path: str, kind: str) -> dict[str, object]:
    return {"idx": index, "name": str(index), "path": path, "type": f"sentence_transformers.models.{kind}"}

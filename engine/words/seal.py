"""Sentences of keys, checkpoints, witnesses and bundles."""

from __future__ import annotations

from typing import Final

MESSAGES: Final[dict[str, tuple[str, str]]] = {
    "seal.opt_name": (
        "钥匙的名称，如 office.example/log；日志的名称就是它的来源名",
        "the key's name, such as office.example/log; that of a log is its origin",
    ),
    "seal.opt_witness": ("见证人的钥匙，而不是日志的", "the key of a witness, not of a log"),
    "seal.opt_key": ("钥匙文件（plangate key 生成）", "the key's file (plangate key makes one)"),
    "seal.opt_since": (
        "给上次见到第 SIZE 条的见证人：附上此后只增不改的证明；第一次写 0",
        "for a witness who has seen SIZE last: with the proof of growth since; 0 the first time",
    ),
    "seal.opt_policy": (
        "信任谁：日志和见证人的公钥（c2sp.org/tlog-policy）",
        "whom to believe: keys of logs and witnesses (c2sp.org/tlog-policy)",
    ),
    "seal.since": (
        "--since 太大：日志现在只有 {size} 条；请核对见证人上次见到的条数",
        "--since is too large: the log has {size} entries only; look again what the witness has seen last",
    ),
    "seal.made_log": (
        "日志的钥匙在 {file}，只给签署的人；旁边的 .signed 记着签过什么，要一起保管。\n请把这一行放进审计人员的策略文件：log {key}",
        "the log's key is in {file}, for who signs alone; the .signed beside it remembers what was signed, keep both.\nPut this line into the policies of your auditors: log {key}",
    ),
    "seal.made_witness": (
        "见证人的钥匙在 {file}，不要放在被见证的单位；旁边的 .signed 记着见证过什么，要一起保管。\n请把这一行放进审计人员的策略文件：witness 名称 {key}",
        "the witness's key is in {file}, keep it out of the office that is witnessed; the .signed beside it remembers what was seen, keep both.\nPut this line into the policies of your auditors: witness NAME {key}",
    ),
}

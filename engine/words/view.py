"""Sentences of reading: where it stands, whose turn it is, what keeps it, what was."""

from typing import Final

_STATUS: Final[dict[str, tuple[str, str]]] = {
    "view.opt_node": (
        "只看这个环节或事项，以及其下各项",
        "only this node and all below it",
    ),
    "view.opt_all": ("连同事项和逐个办理的各项", "activities and members as well"),
    "view.no_instances": (
        "还没有实例；用 plangate start 方案 --id 名称 启动一个",
        "there are no instances yet; 'plangate start PLAN --id ID' begins one",
    ),
    "view.col_instance": ("实例", "instance"),
    "view.col_state": ("状态", "state"),
    "view.col_open": ("进行中的阶段", "open stages"),
    "view.col_marks": ("预警", "marks"),
    "view.col_next": ("下次到时", "next due"),
    "view.col_title": ("方案", "plan"),
    "view.col_node": ("环节", "node"),
    "view.col_due": ("截止", "due"),
    "view.col_mark": ("预警", "mark"),
    "view.col_owner": ("责任", "owner"),
    "view.as_of": (
        "{state} · {revision} 条记录 · {now} · {plan} 第 {version} 版",
        "{state} · {revision} entries · {now} · {plan} version {version}",
    ),
    "view.simulated": (
        "{state} · {revision} 条记录 · {now}（模拟时钟） · {plan} 第 {version} 版",
        "{state} · {revision} entries · {now} (simulated clock) · {plan} version {version}",
    ),
    "view.pressing": (
        "预警：{marks} · 待执行的动作 {requests} 个",
        "marks: {marks} · {requests} requested actions wait",
    ),
    "view.next_due": (
        "下次到时：{at} {node}“{move}”",
        "next due: {at} '{move}' of {node}",
    ),
    "view.behind": (
        "有 {count} 项已经到时而没有执行；运行 plangate tick",
        "{count} timers are due and have not fired; run 'plangate tick'",
    ),
    "view.count_red": ("红 {count}", "red {count}"),
    "view.count_yellow": ("黄 {count}", "yellow {count}"),
    "view.count_blue": ("蓝 {count}", "blue {count}"),
    "view.mark_red": ("红", "red"),
    "view.mark_yellow": ("黄", "yellow"),
    "view.mark_blue": ("蓝", "blue"),
    "view.in_round": ("{state}（第 {round} 轮）", "{state} (round {round})"),
    "view.held": ("{state}（已暂停）", "{state} (on hold)"),
    "view.quotas": ("指标", "Quotas"),
    "view.quota_met": ("{title}：都已完成", "{title}: nobody owes anything"),
    "view.quota_owed": (
        "{title}：{count} 人未完成，截止 {due}（{owing}）",
        "{title}: {count} owe, due {due} ({owing})",
    ),
    "view.owing_more": (
        "{owing}，另有 {count} 人",
        "{owing}, and {count} more",
    ),
    "view.owes": ("{who} 欠 {amount}{unit}", "{who} owes {amount} {unit}"),
    "view.registers": ("台账", "Registers"),
    "view.register": (
        "{title}：{items} 条，了结 {settled} 条",
        "{title}: {items} items, {settled} settled",
    ),
    "view.in_state": ("{state} {items}", "{state} {items}"),
    "view.anyone": ("任何人", "anybody"),
    "view.nobody": ("无人", "nobody"),
    "view.people": ("{who}", "{who}"),
    "view.and_others": ("{who}等 {count} 人", "{who} and others, {count} in all"),
}

_WORK: Final[dict[str, tuple[str, str]]] = {
    "view.opt_all_moves": (
        "连同已办结和不再必需的各项上还能办的动作",
        "moves of settled and unneeded nodes as well",
    ),
    "view.work_now": (
        "{who} 现在可以办的（{count} 个动作，按截止日期）：",
        "{who} can make these {count} moves now, by due date:",
    ),
    "view.work_nothing": (
        "{who} 现在没有可以办的事",
        "there is nothing that {who} can do now",
    ),
    "view.work_shut": (
        "已经开放、还缺条件的（{count} 个动作；用 plangate whynot 查看缺什么）：",
        "open, but something is missing ({count} moves; 'plangate whynot' says what):",
    ),
    "view.work_waiting": (
        "要等别的事先办的（{count} 项）：",
        "waiting for others ({count} nodes):",
    ),
    "view.work_also": (
        "已办结或不再必需、仍可以办的（{count} 个动作）：",
        "settled or not needed, and still possible ({count} moves):",
    ),
    "view.may_add": ("可以登记：{registers}", "may add to: {registers}"),
    "view.unmet": ("{move}（缺 {count} 项）", "{move} ({count} missing)"),
    "view.on_behalf": ("{move}（代 {giver}）", "{move} (for {giver})"),
}

_WHYNOT: Final[dict[str, tuple[str, str]]] = {
    "view.opt_who": (
        "问的是这个人能不能办",
        "whether this person can make it",
    ),
    "view.node_state": (
        "{node}  {title}：{state}，截止 {due}",
        "{node}  {title}: {state}, due {due}",
    ),
    "view.add": ("登记", "add"),
    "view.register_head": ("{node}  {title}", "{node}  {title}"),
    "view.can": (
        "“{move}”：现在可以办，由 {who} 办",
        "'{move}' can be made now, by {who}",
    ),
    "view.can_nobody": (
        "“{move}”：条件都已满足，但没有人有权办；请检查方案里的人员",
        "'{move}': nothing is missing, but nobody may make it; look at the plan's people",
    ),
    "view.can_permit": (
        "（第 {seq} 条批准放行一次）",
        " (entry {seq} permits it once)",
    ),
    "view.later": (
        "以后的状态才有：{moves}（加上动作的名称可以细问）",
        "only in later states: {moves} (name one to ask further)",
    ),
    "view.cannot": ("“{move}”：现在还不能办", "'{move}' cannot be made yet"),
    "view.no_right": ("{move}：{reason}", "{move}: {reason}"),
    "view.takes": ("要填：{inputs}", "it takes: {inputs}"),
    "view.input": ("{name}", "{name}"),
    "view.input_optional": ("{name}（可不填）", "{name} (optional)"),
    "view.asked": ("填报时要满足：{text}", "what is handed in must meet: {text}"),
    "view.reason": ("{text}（{node}，截止 {due}）", "{text} ({node}, due {due})"),
    "view.by_itself": ("自动“{move}”还要等：", "'{move}', by itself, still waits for:"),
    "view.by_itself_same": (
        "自动“{move}”等的也是上面这些",
        "'{move}', by itself, waits for the same",
    ),
    "view.itself_ready": (
        "自动“{move}”条件已满足；运行 plangate tick",
        "'{move}', by itself, waits for nothing; run 'plangate tick'",
    ),
    "view.step_move": (
        "→ {who}：{node}“{move}”，截止 {at}",
        "→ {who}: '{move}' of {node}, due {at}",
    ),
    "view.step_nobody": (
        "→ 没有人有权办 {node}“{move}”；由负责人放行，或修改方案",
        "→ nobody may make '{move}' of {node}; the leader can override, or the plan be changed",
    ),
    "view.step_add": (
        "→ {who}：在“{title}”登记",
        "→ {who}: add an item to '{title}'",
    ),
    "view.step_signal": (
        "→ 发生后登记：plangate signal {instance} {node} --as 经办人",
        "→ when it has happened: plangate signal {instance} {node} --as WHO",
    ),
    "view.step_clock": ("→ 到 {at} 自动满足", "→ the clock meets it at {at}"),
    "view.step_outcome": (
        "→ 等 {node} 所请求的动作报告结果",
        "→ the action requested by {node} has to report",
    ),
    "view.step_quota": (
        "→ {title}，截止 {at}：{owing}",
        "→ {title}, due {at}: {owing}",
    ),
    "view.as_above": ("→ 同上", "→ as told above"),
    "view.more_steps": (
        "→ 另有 {count} 条途径（--json 全部列出）",
        "→ {count} more ways ('--json' has them all)",
    ),
    "view.figures": ("；已有 {given}，需 {needed}", "; has {given} of {needed} needed"),
    "view.left": ("（还没有：{who}）", " (missing: {who})"),
    "view.missing": ("；还缺 {missing}", "; still lacks {missing}"),
    "view.no_steps": (
        "→ 本轮已经不能再由办理来满足；由负责人放行或退回重来",
        "→ no act of this round leads there any more; the leader can override or send back",
    ),
    "view.nothing_to_do": (
        "{node} 在现在的状态没有要人办的动作",
        "no move of {node} is a person's in its present state",
    ),
}

_WHY: Final[dict[str, tuple[str, str]]] = {
    "view.opt_depth": ("向前追溯的层数", "how far causes are followed back"),
    "view.why_entry": ("第 {seq} 条  {at}  {told}", "entry {seq}  {at}  {told}"),
    "view.why_right": ("凭的是：{role}", "by right of: {role}"),
    "view.why_behalf": (
        "凭的是：{role}，代 {giver}（委托见第 {granted} 条）",
        "by right of: {role}, for {giver} (delegation: entry {granted})",
    ),
    "view.why_signs": ("签字表示：{meaning}", "signs that: {meaning}"),
    "view.why_permit": (
        "关口未全满足，凭第 {seq} 条的放行",
        "the gate was not met; entry {seq} permitted it",
    ),
    "view.why_due": ("定于 {due}", "it was due at {due}"),
    "view.why_occurred": ("实际发生于 {occurred}", "it happened at {occurred}"),
    "view.why_true": ("满足  {clause}", "true     {clause}"),
    "view.why_false": ("不满足  {clause}", "false    {clause}"),
    "view.why_unknown": ("不可知  {clause}", "unknown  {clause}"),
    "view.why_reason": ("未获准：{text}", "refused: {text}"),
    "view.why_fact": (
        "{fact} = {value}（第 {entry} 条）",
        "{fact} = {value} (entry {entry})",
    ),
    "view.why_absent": ("{fact} 当时还没有", "{fact} was not there"),
    "view.why_planned": ("{fact} 按方案所定", "{fact} was as the plan says"),
    "view.why_facts": ("当时的情况：", "what was known then:"),
    "view.why_told": (
        "第 {seq} 条（本页另处已列）",
        "entry {seq} (told elsewhere on this page)",
    ),
    "view.why_further": (
        "再往前：第 {entries} 条（--depth 大些就列出，或用 plangate why 逐条问）",
        "further back: entries {entries} (told with a larger --depth, or ask for one of them)",
    ),
    "view.why_more_facts": (
        "另有 {count} 项，没有逐项记下",
        "{count} more, which were not recorded one by one",
    ),
    "view.why_document": (
        "文件：{name}{of}（SHA-256 {digest}）",
        "file: {name}{of} (SHA-256 {digest})",
    ),
    "view.why_version": (
        "，即《{title}》第 {number} 稿",
        ", version {number} of {title}",
    ),
    "view.why_approved": ("批准的《{title}》", "the approved {title}"),
    "view.opt_proofs": (
        "每条附上它在日志中的证明",
        "with the proof that the log has each entry",
    ),
    "view.why_proof": (
        "在日志第 {position} 位（从 0 数起），叶 {hash}，路径：",
        "in the log at position {position} (from 0), leaf {hash}, path:",
    ),
    "view.why_path": ("{hash}", "{hash}"),
    "view.why_no_proof": (
        "在日志中还没有封存的位置",
        "has no place in the sealed log yet",
    ),
    "view.why_root": (
        "以上证明对的是日志前 {size} 条的根：{root}（算法见 RFC 9162 第 2.1.3 节）",
        "these proofs are of the root of the first {size} entries of the log: {root} (RFC 9162, section 2.1.3)",
    ),
    "view.why_seal": (
        "没有证明的，要等日志下次封存（plangate checkpoint，或 plangate export --to bundle）",
        "what has no proof gets one when the log is sealed next (plangate checkpoint, or plangate export --to bundle)",
    ),
    "view.why_causes": ("其来由：", "which rests on:"),
}

_THEN: Final[dict[str, tuple[str, str]]] = {
    "view.opt_as_of": (
        "截至这个时间的情形（只写日期则含当天）",
        "as it stood at this time (a day is meant whole)",
    ),
    "view.opt_known_at": (
        "整个日志有 N 条时的情形",
        "as it was known when the log of all instances had N entries",
    ),
    "view.opt_diff": (
        "两个时间（或两条记录）之间有什么变化",
        "what is otherwise between two times, or two entries by number",
    ),
    "view.one_clock": (
        "--as-of 和 --known-at 只能选一个",
        "--as-of and --known-at exclude each other; choose one",
    ),
    "view.whose_moment": (
        "--as-of 和 --known-at 要指明实例，如 plangate status 实例 --as-of 2009-05-01",
        "--as-of and --known-at are about one instance: plangate status X --as-of 2009-05-01",
    ),
    "view.diff_alone": (
        "--diff 只能和 --node、--json 同用；请去掉其他条件",
        "--diff goes with --node and --json only; leave the other conditions out",
    ),
    "view.diff_backwards": (
        "{second} 早于 {first}；请把较早的写在前面",
        "{second} is before {first}; give the earlier one first",
    ),
    "view.as_it_stood": (
        "截至 {now} 的情形：前 {revision} 条记录，其后的 {later} 条没有计入",
        "as it stood at {now}: entries 1 to {revision}; {later} later ones are left out",
    ),
    "view.as_it_stands": (
        "截至 {now} 的情形：现有的 {revision} 条记录都计入了",
        "as it stood at {now}: all entries are in, 1 to {revision}",
    ),
    "view.as_it_will": (
        "{now} 还没有到：这是现有的 {revision} 条记录之后再无记录、到那时的情形；其间到时的事项，没有当作已经办了",
        "{now} is still to come: this is how it will stand then if nothing follows entry {revision}; what falls due before is not taken as done",
    ),
    "view.as_it_was_known": (
        "日志有 {size} 条时的情形（截至 {now}）：其中有这个实例的前 {revision} 条记录，其后的 {later} 条没有计入",
        "as it was known when the log had {size} entries (as of {now}): entries 1 to {revision} of this instance; {later} later ones are left out",
    ),
    "view.whole_day": ("{day}（含当天）", "the end of {day}"),
    "view.which_entry": ("第 {seq} 条", "entry {seq}"),
    "view.day_alone": (
        "{wrong}；只写日期（2009-04-11）则含当天",
        "{wrong}; a day alone (2009-04-11) is meant whole",
    ),
    "view.diff_head": (
        "{instance}：从 {first}（有记录 {before} 条）到 {second}（有记录 {after} 条），变化 {count} 处",
        "{instance}: from {first} ({before} entries by then) to {second} ({after} by then), {count} changes",
    ),
    "view.diff_none": ("没有变化", "nothing has changed"),
    "view.change": (
        "{title}：{before} → {after}（第 {entry} 条，{at}）",
        "{title}: {before} → {after} (entry {entry}, {at})",
    ),
    "view.change_by": (
        "{title}：{before} → {after}（第 {entry} 条，{at}，{actor}）",
        "{title}: {before} → {after} (entry {entry}, {at}, {actor})",
    ),
    "view.sort_state": ("状态", "States"),
    "view.sort_field": ("内容", "Fields"),
    "view.sort_deliverable": ("材料", "Deliverables"),
    "view.sort_measure": ("计量", "Measures"),
    "view.sort_register": ("台账", "Registers"),
    "view.sort_members": ("逐个办理的对象", "Members"),
    "view.sort_right": ("委托", "Rights handed on"),
    "view.sort_permit": ("放行", "Permits"),
    "view.sort_acts": ("办理次数", "Acts"),
    "view.sort_ballot": ("票箱", "Ballot boxes"),
    "view.sort_event": ("登记的事", "Events"),
    "view.sort_clock": ("期限的计时", "Clocks"),
    "view.sort_outcome": ("动作的结果", "Outcomes of actions"),
}

_HISTORY: Final[dict[str, tuple[str, str]]] = {
    "view.opt_actor": ("只看这个人或单位办的", "only what this party did"),
    "view.opt_type": (
        "只看这一类：started、moved、missed、refused、added、signalled、counted、reported；可重复",
        "only this type: started, moved, missed, refused, added, signalled, counted, reported; repeatable",
    ),
    "view.opt_from": (
        "从这个时间起，如 2009-05-01",
        "from this time on, such as 2009-05-01",
    ),
    "view.opt_to": (
        "到这个时间为止（含当天）",
        "up to this time (a day is meant whole)",
    ),
    "view.opt_refused": ("只看未获准的", "only refusals"),
    "view.opt_limit": ("最多多少条", "at most so many"),
    "view.opt_after": ("从这一条之后开始", "after this entry"),
    "view.opt_csv": (
        "输出 CSV（UTF-8，可用电子表格打开）",
        "print CSV (UTF-8, for spreadsheets)",
    ),
    "view.line": ("{seq}  {at}  {told}", "{seq}  {at}  {told}"),
    "view.no_entries": ("没有符合条件的记录", "no entry is like that"),
    "view.one_form": (
        "--json 和 --csv 只能选一个",
        "--json and --csv exclude each other; choose one",
    ),
    "view.csv_seq": ("序号", "entry"),
    "view.csv_at": ("时间", "time"),
    "view.csv_type": ("类别", "type"),
    "view.csv_node": ("环节", "node"),
    "view.csv_actor": ("办理人", "actor"),
    "view.csv_move": ("动作", "move"),
    "view.csv_from": ("原状态", "from"),
    "view.csv_to": ("新状态", "to"),
    "view.csv_text": ("说明", "text"),
}

_VERIFY: Final[dict[str, tuple[str, str]]] = {
    "view.whole": (
        "{instance}：完好。核对了 {revision} 条记录，到 {at} 为止；状态 {facts} 项、附件 {attachments} 件都与历史一致",
        "{instance}: whole. {revision} entries up to {at} were checked; {facts} facts and {attachments} attachments are what the history gives",
    ),
    "view.damaged": (
        "{instance}：发现 {count} 处问题（核对了 {revision} 条记录，到 {at} 为止）",
        "{instance}: {count} defects ({revision} entries up to {at} were checked)",
    ),
    "view.last_hash": ("最后一条的哈希：{hash}", "hash of the last entry: {hash}"),
    "view.strays": (
        "各实例之外：发现 {count} 处问题",
        "beside all instances: {count} defects",
    ),
    "view.defect": ("第 {seq} 条：{text}（{code}）", "entry {seq}: {text} ({code})"),
    "view.defect_beside": ("{text}（{code}）", "{text} ({code})"),
}

MESSAGES: Final[dict[str, tuple[str, str]]] = {
    **_STATUS,
    **_WORK,
    **_WHYNOT,
    **_WHY,
    **_THEN,
    **_HISTORY,
    **_VERIFY,
}

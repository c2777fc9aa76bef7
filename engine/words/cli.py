"""Sentences of the command line: help, headings, what click found wrong."""

from typing import Final

MESSAGES: Final[dict[str, tuple[str, str]]] = {
    "cli.help_plangate": (
        "运行一个单位的实施方案：阶段、环节、关口，以及审计人员信得过的办理历史。",
        "Runs an organisation's implementation plan: stages, gated links, and a history that auditors trust.",
    ),
    "cli.help_demo": (
        "在模拟时钟上跑完 2009 年的全部活动",
        "run the whole campaign of 2009 on a simulated clock",
    ),
    "cli.help_check": (
        "检查方案：一次说出全部问题和所在位置",
        "check plans: every fault at once, with its place",
    ),
    "cli.help_show": (
        "显示合成后的方案",
        "show a plan with its base and parameters resolved",
    ),
    "cli.help_kinds": ("列出事项种类，或显示其中一种", "list the kinds, or show one"),
    "cli.help_start": ("按方案启动一个实例", "start an instance of a plan"),
    "cli.help_do": ("以某人的名义办理一个动作", "make a move in somebody's name"),
    "cli.help_signal": (
        "登记方案之外发生的事",
        "record that something happened outside the plan",
    ),
    "cli.help_tick": ("让到期的事自动发生", "let everything that is due happen"),
    "cli.help_serve": (
        "守着时钟，让到期的事自动发生，把方案请求的动作办好，直到停下它",
        "keep the clock, let what is due happen and do what plans ask, until it is stopped",
    ),
    "cli.help_worker": (
        "同一数据库上再加一个 serve",
        "one more serve on the same database",
    ),
    "cli.help_actions": (
        "列出方案可以请求的动作，或说明其中一个",
        "list the actions that plans can ask for, or explain one",
    ),
    "cli.help_inbox": ("某人收到的通知", "what somebody was told"),
    "cli.help_requests": (
        "还没有办完的动作请求，为什么等着，如何再试",
        "requested actions that have not ended: why they wait, how to try again",
    ),
    "cli.help_files": (
        "实例的文件：动作生成的和交上来的；--to 取出",
        "an instance's files, made by actions or handed in; --to takes them out",
    ),
    "cli.opt_made": ("只列动作生成的", "only what actions made"),
    "cli.opt_to_folder": (
        "写进这个文件夹，文件名前加记录编号",
        "write them into this folder, each name behind its entry number",
    ),
    "cli.files_none": ("实例 '{instance}' 还没有文件", "'{instance}' has no files yet"),
    "cli.file_made": (
        "第 {seq} 条  {at}  生成  {name}（{size} 字节，{node}）",
        "entry {seq}  {at}  made  {name} ({size} bytes, {node})",
    ),
    "cli.file_handed_in": (
        "第 {seq} 条  {at}  交来  {name}（{size} 字节，{node}）",
        "entry {seq}  {at}  handed in  {name} ({size} bytes, {node})",
    ),
    "cli.opt_actions": (
        "也把请求的动作办了（不发出单位）",
        "also do what is asked of actions (nothing leaves the house)",
    ),
    "cli.opt_which_clock": (
        "system：系统时间；simulated：只走模拟实例，从它们所在的时刻起",
        "system time; or simulated: move simulated instances, from where they stand",
    ),
    "cli.opt_speed": (
        "模拟时钟快多少倍（默认 1000）",
        "how many times as fast a simulated clock runs (1000)",
    ),
    "cli.opt_send": (
        "模拟实例的动作也真的发出去（邮件、消息、网页等）；不加就只留在系统里",
        "actions of simulated instances really go out (mail, messages, pages); else they stay in the house",
    ),
    "cli.opt_seats": ("同时办几个动作（默认 4）", "actions that run at once (4)"),
    "cli.opt_lease": (
        "领走的请求多少秒没有消息就归别人（默认 60）",
        "seconds after which a request of a silent worker is another's (60)",
    ),
    "cli.opt_letters": ("最多列出几条（默认 50）", "how many at most (50)"),
    "cli.opt_parked": ("只列搁置的", "only those that are parked"),
    "cli.opt_retry": (
        "再试这一个；可以写多次",
        "have this one tried again; may be given several times",
    ),
    "cli.opt_retry_parked": ("搁置的全部再试", "have all that are parked tried again"),
    "cli.opt_mass": (
        "积压再多也照办，不先询问",
        "let a great many overdue things happen without asking",
    ),
    "cli.worker_started": (
        "时钟已经开始走；按 Ctrl-C 停下",
        "the clock is running; stop it with Ctrl-C",
    ),
    "cli.worker_stopped": (
        "时钟已停；没有办的下次继续",
        "the clock has stopped; what is left waits for the next worker",
    ),
    "cli.worker_mass": (
        "有 {count} 项早已逾期（从 {earliest} 到 {latest}）：是停了很久，还是时钟不对？没有执行任何一项",
        "{count} things are long overdue (from {earliest} to {latest}): was it off for long, or is the clock wrong? nothing was done",
    ),
    "cli.worker_drain": (
        "同时到期的实例有 {count} 个，不再逐个列出；办了什么，用 plangate history 查看",
        "{count} instances are due at once and are not listed one by one; plangate history shows what was done",
    ),
    "cli.worker_draining": (
        "到期的实例已办 {done}/{of}，每秒 {rate} 个",
        "{done} of {of} instances that were due are done, {rate} a second",
    ),
    "cli.worker_drained": (
        "到期的 {done} 个实例都已办过，每秒 {rate} 个",
        "all {done} instances that were due have had their turn, {rate} a second",
    ),
    "cli.worker_ask": ("全部照办吗", "let them all happen"),
    "cli.worker_anyway": (
        "核对系统时间；确要照办，加 --anyway 重新启动",
        "check the system's time; if this is meant, start again with --anyway",
    ),
    "cli.worker_away": (
        "{why}（{seconds} 秒后再试）",
        "{why} (next try in {seconds} s)",
    ),
    "cli.worker_succeeded": ("{action}：{detail}", "{action}: {detail}"),
    "cli.worker_failed": (
        "{action} 未办成（{node}）：{detail}",
        "{action} failed ({node}): {detail}",
    ),
    "cli.worker_progress": (
        "{action}（{node}）：{done}/{of}",
        "{action} ({node}): {done} of {of}",
    ),
    "cli.worker_held": (
        "{action}（{node}）等到 {until}：{why}",
        "{action} ({node}) waits until {until}: {why}",
    ),
    "cli.worker_parked": (
        "{action}（{node}）已搁置：{why}",
        "{action} ({node}) is parked: {why}",
    ),
    "cli.worker_lost": (
        "请求 {key} 已由另一个 worker 接手",
        "another worker has taken over the request {key}",
    ),
    "cli.action_broken": ("{name}  载入不了：{why}", "{name}  cannot be loaded: {why}"),
    "cli.action_setting": (
        "环境变量 {name}：{what}",
        "environment variable {name}: {what}",
    ),
    "cli.action_setting_needed": (
        "环境变量 {name}（必须设置）：{what}",
        "environment variable {name} (needed): {what}",
    ),
    "cli.action_again": ("重复执行：{again}", "a second run: {again}"),
    "cli.inbox_empty": ("{who} 还没有收到通知", "{who} has not been told anything yet"),
    "cli.requests_none": ("没有等待的动作请求", "no request waits"),
    "cli.requests_more": (
        "……另有 {count} 个；--json 列出全部",
        "… and {count} more; --json lists all",
    ),
    "cli.request_parked": ("已搁置", "parked"),
    "cli.request_held": (
        "{key}：正由某个 worker 办理；到 {until} 还没有消息时会自动再试",
        "{key}: a worker is at it; if nothing is heard of it by {until}, it is tried again by itself",
    ),
    "cli.request_retried": ("{key}：会再试", "{key}: it will be tried again"),
    "cli.addresses_unreadable": (
        "通讯录 {file} 打不开：{why}",
        "the address book {file} cannot be opened: {why}",
    ),
    "cli.addresses_shape": (
        "通讯录 {file} 里的“{party}”写得不对；请写成“姓名: {mail: 邮箱, channels: [地址]}”",
        "'{party}' in the address book {file} is not well written; write name: {mail: address, channels: [url]}",
    ),
    "cli.worker_aside": (
        "实例 '{instance}' 暂时放在一边，到 {until} 再试，其他照常：{why}",
        "instance '{instance}' is set aside until {until}, the others go on: {why}",
    ),
    "cli.help_status": ("现在办到哪里", "where it stands"),
    "cli.help_work": ("一个人现在该办什么", "what one person owes"),
    "cli.help_why": ("某条记录为什么准许", "why an entry was allowed"),
    "cli.help_whynot": (
        "某个动作为什么还不能办，谁能解决",
        "why a move cannot be made yet, and who can help",
    ),
    "cli.help_history": ("办理历史", "the history"),
    "cli.help_erase": (
        "依法抹除个人信息和文件：一人申请，另两人批准",
        "erase what is personal: one asks, two others approve",
    ),
    "cli.help_key": (
        "生成日志或见证人的钥匙",
        "make the key of a log, or of a witness",
    ),
    "cli.help_checkpoint": (
        "封存日志，签署它的条数和根；--since 为见证人附上只增不改的证明",
        "seal the log and sign its size and root; --since adds the proof of growth for a witness",
    ),
    "cli.help_witness": (
        "由别的单位见证：日志只增不改（不需要数据库和网络）",
        "somebody else signs that a log has only grown (no database, no network)",
    ),
    "cli.help_receipt": (
        "核对回执：办过的事还在不在、改没改（在数据库里，或在包里）",
        "whether what a receipt says is still in the history (a database, or a bundle)",
    ),
    "cli.help_rekey": (
        "换签署日志的钥匙：旧钥匙交给新钥匙，两把都签字，记入日志",
        "another key signs the log: the old one hands over, both sign, the log says so",
    ),
    "cli.help_revoke": (
        "宣布签署日志的钥匙作废（泄露时用），由新钥匙接着签",
        "a key of the log is no longer to be believed (it was stolen); a new one signs",
    ),
    "cli.help_new_epoch": (
        "从备份恢复后另起一段：写明原因，两人批准，记入日志",
        "after a restore a new epoch begins: with a reason, approved by two, in the log",
    ),
    "cli.help_export": (
        "把历史导出成别的工具能读的文件",
        "the history as a file that other tools read",
    ),
    "cli.help_verify": (
        "核对历史有没有被改动",
        "check that nothing in the history was altered",
    ),
    "cli.help_run_scenario": (
        "按剧本演练一个方案",
        "play a scenario of a plan",
    ),
    "cli.commands": ("命令", "Commands"),
    "cli.options": ("选项", "Options"),
    "cli.opt_help": ("显示这份说明", "show this help"),
    "cli.opt_lang": ("语言：zh-CN 或 en", "language: zh-CN or en"),
    "cli.opt_db": (
        "数据库地址，缺省为 sqlite:///plangate.db（也可用环境变量 PLANGATE_DB）",
        "address of the database; default sqlite:///plangate.db (or PLANGATE_DB)",
    ),
    "cli.opt_json": ("输出 JSON（格式见 docs/cli.md）", "print JSON (docs/cli.md)"),
    "cli.no_command": (
        "没有命令 '{name}'；是不是 {near}？",
        "there is no command '{name}'; did you mean {near}?",
    ),
    "cli.no_option": (
        "没有选项 {name}；可用 {near}",
        "there is no option {name}; try {near}",
    ),
    "cli.missing": ("缺少 {name}", "{name} is missing"),
    "cli.bad_value": ("{name} 不对：{why}", "{name} is not right: {why}"),
    "cli.see_help": (
        "用 {command} --help 查看用法",
        "'{command} --help' shows how it is used",
    ),
    "cli.usage": ("用法：", "Usage: "),
    "cli.needed": ("（必填）", " (required)"),
    "cli.usage_command": ("命令 [参数]…", "COMMAND [ARGUMENTS]…"),
    "cli.arguments": ("参数", "Arguments"),
    "cli.arg_plan": (
        "方案文件，或方案名称，如 units/maguan-gov-office",
        "a plan's file, or its name such as units/maguan-gov-office",
    ),
    "cli.arg_plans": (
        "方案、种类、剧本的文件，或它们所在的文件夹",
        "files of plans, kinds and scenarios, or folders of them",
    ),
    "cli.arg_scenario": (
        "剧本文件，或剧本名称，如 maguan-2009",
        "a scenario's file, or its name such as maguan-2009",
    ),
    "cli.arg_instance": ("实例的名称", "the id of an instance"),
    "cli.arg_node": (
        "环节或事项，可写末段，如 动员大会.会议",
        "a node; the end of its path will do, such as 动员大会.会议",
    ),
    "cli.arg_move": ("动作", "the move"),
    "cli.arg_name": ("名称", "the name"),
    "cli.arg_who": ("人或单位", "a person or body"),
    "cli.arg_entry": ("记录的序号", "the number of an entry"),
    "cli.opt_id": ("给新实例起的名称", "the id of the new instance"),
    "cli.opt_by": ("由谁启动", "who starts it"),
    "cli.opt_as": ("以谁的名义", "in whose name"),
    "cli.opt_with": (
        "要填的一项，可重复；多个值用逗号分开，评分和分组写成 {名称: 值}",
        "one input, repeatable; several values with commas, scores and groups as {name: value}",
    ),
    "cli.opt_file": ("要交的一份文件，可重复", "one file to hand in, repeatable"),
    "cli.opt_key": (
        "本次办理的编号；同一编号只办一次",
        "a key of this act: the same key is the same act, done once",
    ),
    "cli.opt_occurred": (
        "实际发生的时间，早于登记时写明，如 '2009-04-10 16:00'",
        "when it happened, if that was earlier, such as '2009-04-10 16:00'",
    ),
    "cli.opt_clock": (
        "模拟时钟的时间；只用于以 --clock 启动的实例",
        "the time of a simulated clock; only for what was started with --clock",
    ),
    "cli.opt_note": ("备注", "a note"),
    "cli.bad_id": (
        "写 1 到 {most} 个可见字符，首尾不留空格",
        "write 1 to {most} visible characters without spaces around them",
    ),
    "cli.pair": (
        "{option} {found} 看不懂；写成 {option} 名称=值",
        "{option} {found} is not understood; write {option} name=value",
    ),
    "cli.pair_twice": (
        "{option} 里 {name} 写了两次；多个值用逗号写在一起",
        "{option} gives {name} twice; write several values with commas",
    ),
    "cli.file_unreadable": (
        "读不到文件 {path}：{why}",
        "the file {path} cannot be read: {why}",
    ),
    "cli.entry": ("第 {seq} 条  {told}", "entry {seq}  {told}"),
    "cli.add": ("登记", "add"),
    "cli.told_started": ("启动：{title}", "started: {title}"),
    "cli.told_moved_person": (
        "{node}：{who} 办了“{move}”，现为“{state}”",
        "{node}: {who} made '{move}'; it is now '{state}'",
    ),
    "cli.told_stays_person": (
        "{node}：{who} 办了“{move}”",
        "{node}: {who} made '{move}'",
    ),
    "cli.told_moved_itself": (
        "{node}：自动“{move}”，现为“{state}”",
        "{node}: '{move}' by itself; it is now '{state}'",
    ),
    "cli.told_stays_itself": (
        "{node}：自动“{move}”",
        "{node}: '{move}' by itself",
    ),
    "cli.told_moved_clock": (
        "{node}：到时“{move}”，现为“{state}”",
        "{node}: '{move}' when it was time; it is now '{state}'",
    ),
    "cli.told_stays_clock": (
        "{node}：到时“{move}”",
        "{node}: '{move}' when it was time",
    ),
    "cli.told_round": ("（第 {round} 轮）", " (round {round})"),
    "cli.told_refused": (
        "{node}：{who} 要办“{move}”，未获准",
        "{node}: {who} was refused '{move}'",
    ),
    "cli.told_added": (
        "{node}：{who} 登记了这一条，现为“{state}”",
        "{node}: added by {who}; it is '{state}'",
    ),
    "cli.told_counted": (
        "{node}：开启票箱，共 {casts} 份",
        "{node}: the box was opened, {casts} answers",
    ),
    "cli.missed_late": (
        "{node}：“{move}”有 {count} 次（{first} 至 {last}）当时无人值守，按方案不再补办",
        "{node}: '{move}' was missed {count} times ({first} to {last}) while nobody looked, and is not made up for, as the plan has it",
    ),
    "cli.missed_gate": (
        "{node}：“{move}”有 {count} 次（{first} 至 {last}）到时条件不满足，这次不办",
        "{node}: '{move}' passed {count} times ({first} to {last}), for its gate did not hold",
    ),
    "cli.told_signalled": ("{who} 登记了“{name}”", "{who} recorded '{name}'"),
    "cli.told_succeeded": ("{node}：所请求的动作已完成", "{node}: the action was done"),
    "cli.told_failed": ("{node}：所请求的动作失败", "{node}: the action failed"),
    "cli.told_other": ("{type}", "{type}"),
    "cli.started": (
        "已启动 {instance}；用 plangate status {instance}{db} 查看",
        "{instance} has begun; 'plangate status {instance}{db}' shows where it stands",
    ),
    "cli.repeated": (
        "这个编号已经办过，没有重复办理；当时的记录是：",
        "this key was done before and is not done again; what was recorded then:",
    ),
    "cli.refused": (
        "{actor} 办不了 {node} 的“{move}”（已记为第 {seq} 条）：",
        "{actor} is refused '{move}' of {node} (recorded as entry {seq}):",
    ),
    "cli.next_whynot": (
        "下一步：plangate whynot {instance} '{node}' {move}{db}",
        "next: plangate whynot {instance} '{node}' {move}{db}",
    ),
    "cli.nothing_due": ("现在没有到期的事", "nothing is due now"),
    "cli.bad_choice": (
        "没有 {found}；可写 {of}",
        "there is no {found}; write one of {of}",
    ),
    "cli.bad_range": (
        "{found} 太大或太小；可写 {least} 到 {most}",
        "{found} is too large or too small; write one from {least} to {most}",
    ),
    "cli.bad_whole": ("{found} 不是整数", "{found} is no whole number"),
    "cli.extra": ("多了 {found}", "{found} is too much"),
    "cli.needs_value": ("{name} 后面要写值", "{name} needs a value after it"),
    "cli.interrupted": (
        "已中断；已经记录的仍然有效",
        "interrupted; what was recorded stays",
    ),
    "cli.not_text": (
        "有文字不是 UTF-8；用 UTF-8 的终端再试",
        "some of the text is not UTF-8; try again in a UTF-8 terminal",
    ),
    "cli.opt_sarif": (
        "输出 SARIF 2.1.0，供编辑器和持续集成读取",
        "print SARIF 2.1.0 for editors and CI",
    ),
    "cli.opt_strict": ("有告警也算不通过", "warnings count as faults"),
    "cli.opt_quiet_check": ("不列出提示", "do not list the notes"),
    "cli.heading_warning": ("告警 {count} 条：", "warnings ({count}):"),
    "cli.heading_note": ("提示 {count} 条：", "notes ({count}):"),
    "cli.checked": (
        "{file}：{name}{verdict}{counts}",
        "{file}: {name} {verdict}{counts}",
    ),
    "cli.checked_good": (
        "没有问题（告警 {warning}，提示 {note}）",
        "has no faults (warnings {warning}, notes {note})",
    ),
    "cli.checked_bad": (
        "有 {fault} 处问题（告警 {warning}，提示 {note}）",
        "has {fault} faults (warnings {warning}, notes {note})",
    ),
    "cli.sort_plan": ("方案 {name} ", "plan {name}"),
    "cli.sort_kind": ("种类 {name} ", "kind {name}"),
    "cli.sort_scenario": ("剧本 {name} ", "scenario {name}"),
    "cli.counts_plan": (
        "；{stages} 个阶段、{links} 个环节、{activities} 个事项，对应 {requirements} 条要求；"
        "未定 {open} 项，代拟 {assumed} 项",
        "; {stages} stages, {links} links, {activities} activities, "
        "{requirements} requirements; {open} open, {assumed} assumed",
    ),
    "cli.counts_scenario": ("；{acts} 次办理", "; {acts} acts"),
    "cli.counts_kind": ("", ""),
    "cli.opt_format": ("输出的格式", "the form of the output"),
    "cli.opt_diff": ("与另一方案逐项比较", "what differs in another plan, by elements"),
    "cli.opt_ledger": (
        "列出未定和代拟的事项",
        "the ledger of what is open or assumed",
    ),
    "cli.opt_document": (
        "文件原文；在各项旁边列出它所依据的句子",
        "the document itself: its sentences beside the elements that answer them",
    ),
    "cli.opt_anyway": (
        "原文与方案记载的 SHA-256 不符也照列",
        "go on though the document is not the one the plan names",
    ),
    "cli.ledger_open": (
        "文件没有写明 {count} 项：",
        "left open by the document ({count}):",
    ),
    "cli.ledger_assumed": (
        "由编写者代拟 {count} 项：",
        "supplied by the encoder ({count}):",
    ),
    "cli.ledger_treatment": ("处理办法 {count} 条：", "how it is treated ({count}):"),
    "cli.ledger_undefined": (
        "没有定义的用语 {count} 个：",
        "words never defined ({count}):",
    ),
    "cli.ledger_empty": ("没有未定或代拟的事项", "nothing is open or assumed"),
    "cli.diff_form": (
        "比较结果没有图；用 --format yaml 或 json",
        "differences are not drawn; use --format yaml or json",
    ),
    "cli.diff_count": ("共 {count} 项不同", "{count} elements differ"),
    "cli.beside_nobody": (
        "没有任何一项对应：{names}",
        "no element answers {names}",
    ),
    "cli.beside_unnamed": (
        "方案没有写明它所依据的文件；在方案里写 document: {title, date, sha256}",
        "the plan names no document; write document: {title, date, sha256} in it",
    ),
    "cli.beside_untraced": (
        "方案没有对照表；在方案里写 requirements: 对照表文件",
        "the plan names no trace table; write requirements: FILE in it",
    ),
    "cli.beside_differs": (
        "{path} 不是方案所依据的文件：SHA-256 是 {found}，应为 {known}；确实要用就加 --anyway",
        "{path} is not the document of the plan: its SHA-256 is {found}, not {known}; add --anyway to go on",
    ),
    "cli.beside_anyway": (
        "注意：{path} 与方案记载的文件不符，句子可能对不上",
        "note: {path} is not the document that the plan names; sentences may not fit",
    ),
    "cli.beside_no_sentence": ("（对照表里没有）", "(not in the trace table)"),
    "cli.beside_beyond": (
        "（文件里没有这一句）",
        "(the document has no such sentence)",
    ),
    "cli.kind_fields": ("写明：{values}", "says: {values}"),
    "cli.titled": ("{name} {title}", "{name} ({title})"),
    "cli.titled_required": ("{name} {title}（必写）", "{name} ({title}, required)"),
    "cli.kind_states": ("状态：{values}", "states: {values}"),
    "cli.kind_moves": ("动作：{values}", "moves: {values}"),
    "cli.every_duty": (
        "责任事项还都有 skip 免办、delegate 委托、suspend 暂停、ask_extension 申请延期等动作；plangate kinds 名称 显示一种的全文",
        "every duty can also be skipped, delegated, put on hold, and given more time; 'plangate kinds NAME' prints one in full",
    ),
    "cli.opt_quiet": ("只说与预期不符的", "tell only what did not go as expected"),
    "cli.opt_db_demo": (
        "新数据库的地址；缺省为当前文件夹里的新文件",
        "address of a new database; default a new file in the present folder",
    ),
    "cli.other_plan": (
        "注意：剧本是为 {wanted} 写的，现在用它演练 {found}",
        "note: the scenario is written for {wanted}; it is played on {found}",
    ),
    "cli.played": (
        "{acts} 次办理，{refusals} 次没有放行，历史 {entries} 条；用 plangate status {instance}{db} 查看",
        "{acts} acts, {refusals} refused, {entries} entries; 'plangate status {instance}{db}' shows where it stands",
    ),
}

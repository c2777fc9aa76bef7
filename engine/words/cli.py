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
    "cli.help_status": ("现在办到哪里", "where it stands"),
    "cli.help_work": ("一个人现在该办什么", "what one person owes"),
    "cli.help_why": ("某条记录为什么准许", "why an entry was allowed"),
    "cli.help_whynot": (
        "某个动作为什么还不能办，谁能解决",
        "why a move cannot be made yet, and who can help",
    ),
    "cli.help_history": ("办理历史", "the history"),
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
}

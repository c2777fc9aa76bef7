"""Sentences of plans: what is wrong in a file, and what to write instead."""

from typing import Final

_FILE: Final[dict[str, tuple[str, str]]] = {
    "plan.file_unreadable": (
        "文件读不出来：{why}；请给一个可读的普通文件",
        "the file cannot be read: {why}; give a plain file that can be read",
    ),
    "plan.file_large": (
        "文件有 {size} 字节，最多 {most}；请拆小，材料本身不写进方案",
        "the file has {size} bytes, at most {most} are read; make it smaller: documents do not belong in a plan",
    ),
    "plan.file_encoding": (
        "文件的编码不是 UTF-8（像是 {found}）；请另存为 UTF-8",
        "the file is not in UTF-8 (it looks like {found}); save it as UTF-8",
    ),
    "plan.file_hidden": (
        "这里有看不见的字符 {found}；请删去",
        "there is a character here that nobody sees, {found}; delete it",
    ),
    "plan.file_tab": (
        "行首用了制表符；缩进请用空格",
        "a tab begins this line; indent with spaces",
    ),
    "plan.file_space": (
        "文字的头尾是全角空格；请改成普通空格或删去",
        "the text begins or ends with a wide space; write an ordinary one, or none",
    ),
    "plan.file_directive": (
        "行首的 % 是 YAML 指令，方案里不用；请删去，是文字就加引号",
        "a % at the beginning of a line is a directive of YAML, which a plan does not use; delete it, or quote it if it is text",
    ),
    "plan.file_documents": (
        "这里又开始了一份文档；一个文件只写一份方案，请删去 ---",
        "another document begins here; a file holds one, so delete the ---",
    ),
    "plan.file_empty": (
        "文件里什么也没有；请从 plan: 写起（见 docs/first-plan.md）",
        "there is nothing in the file; begin with plan: (see docs/first-plan.md)",
    ),
    "plan.file_no_mapping": (
        "文件的最外层应是“键: 值”，例如 plan: units/我的单位",
        "the file must be keys and values at its top, such as plan: units/ours",
    ),
    "plan.file_no_list": (
        "对照表的最外层应是清单，每行一项要求，例如 - {id: R-001, says: …}",
        "a trace table is a list at its top, a line for each requirement, such as - {id: R-001, says: …}",
    ),
    "plan.file_deep": (
        "嵌套超过 {most} 层；请减少层次",
        "values stand deeper than {most} levels; nest less",
    ),
    "plan.file_many": (
        "文件里的值超过 {most} 个；请拆小",
        "the file has more than {most} values; make it smaller",
    ),
    "plan.file_alias": (
        "*{name} 引用了别处的值，方案里不用；请把值写在这里，文字以 * 开头时加引号",
        "*{name} refers to a value elsewhere, which a plan does not use; write the value here, or quote a text that begins with *",
    ),
    "plan.file_anchor": (
        "&{name} 给值起了代号，方案里不用；请删去，文字以 & 开头时加引号",
        "&{name} names a value for later use, which a plan does not do; delete it, or quote a text that begins with &",
    ),
    "plan.file_tag": (
        "{tag} 是 YAML 的类型标记，方案里不用；请删去，文字以 ! 开头时加引号",
        "{tag} is a type of YAML, which a plan does not use; delete it, or quote a text that begins with !",
    ),
    "plan.file_merge": (
        "方案里不用合并键 <<；请把各键写在这里，或用 extends 和 set",
        "a plan does not merge with <<; write the keys here, or use extends and set",
    ),
    "plan.file_key": (
        "键应是一个不空的名字；请写成 名字: 值",
        "a key is one name and not empty; write name: value",
    ),
    "plan.file_width": (
        "这里的“{found}”是全角的，YAML 不认；请写成 '{write}'",
        "'{found}' is a full-width sign that YAML does not know; write '{write}'",
    ),
    "plan.duplicate_key": (
        "键“{key}”在第 {line} 行已经写过；请并成一处，或改名",
        "the key '{key}' is already on line {line}; make them one, or rename this",
    ),
    "plan.more_faults": (
        "还有更多，只列出前 {most} 处；请先改这些再查",
        "there are more; the first {most} are told, so mend these and check again",
    ),
}

_SYNTAX: Final[dict[str, tuple[str, str]]] = {
    "plan.syntax": (
        "从第 {line} 行起读不懂（{why}）；请检查引号、括号和缩进",
        "it cannot be read from line {line} on ({why}); look at quotes, brackets and indentation",
    ),
    "plan.syntax_colon": (
        "这里不该再有冒号；一行只写一个“键: 值”，文字里有冒号时整个加引号",
        "no colon fits here; write one key: value in a line, and quote a text that has a colon",
    ),
    "plan.syntax_key": (
        "从第 {line} 行起的键后面没有冒号；请写成 键: 值（冒号后空一格）",
        "the key from line {line} on has no colon; write key: value, with a space after the colon",
    ),
    "plan.syntax_bracket": (
        "第 {line} 行开的括号没有写完；各项用逗号隔开，最后补上 ] 或 }",
        "the bracket opened on line {line} is not finished; part its items with commas, and close it with ] or }",
    ),
    "plan.syntax_quote": (
        "第 {line} 行开的引号没有收尾；请补上",
        "the quote opened on line {line} is not closed; close it",
    ),
    "plan.syntax_escape": (
        "双引号里的反斜线写法不对；请改用单引号",
        "this backslash means nothing between double quotes; use single quotes",
    ),
    "plan.syntax_sign": (
        "文字不能以这个符号开头；请加引号",
        "a text cannot begin with this sign; quote it",
    ),
    "plan.syntax_dash": (
        "这里不能开始一个列表；请另起一行写“- ”，或写成 [甲, 乙]",
        "no list can begin here; write '- ' on a line of its own, or [a, b]",
    ),
    "plan.syntax_indent": (
        "缩进与上文（第 {line} 行起）对不齐；同一层的键或“- ”要从同一列开始",
        "the indentation does not agree with what began on line {line}; keys or dashes of one level begin in one column",
    ),
}

_SHAPE: Final[dict[str, tuple[str, str]]] = {
    "plan.shape_text": (
        "这里应写一段文字，不是列表、映射或空白",
        "a text belongs here, not a list, a mapping or nothing",
    ),
    "plan.shape_words": (
        "这里应写文字，或 {zh: 中文, en: English}",
        "a text belongs here, or {zh: 中文, en: English}",
    ),
    "plan.shape_bool": (
        "这里只能写 true 或 false",
        "write true or false here",
    ),
    "plan.shape_whole": (
        "这里应写整数，例如 3",
        "a whole number belongs here, such as 3",
    ),
    "plan.shape_mapping": (
        "这里应写成“键: 值”，例如 {键: 值}",
        "keys and values belong here, such as {key: value}",
    ),
    "plan.shape_list": (
        "这里应写成列表，例如 [甲, 乙]",
        "a list belongs here, such as [a, b]",
    ),
    "plan.shape_digest": (
        "SHA-256 是 64 位小写十六进制；请用 sha256sum 算出来再写",
        "a SHA-256 is 64 small hexadecimal digits; write what sha256sum prints",
    ),
    "plan.shape_window": (
        "时间段应写成 {from: 2009-04-11, to: 2009-04-30}、{day: 2009-04-11}，或 plan、stage",
        "a window is {from: 2009-04-11, to: 2009-04-30}, {day: 2009-04-11}, or plan or stage",
    ),
    "plan.shape_expression": (
        "这里应写一个条件或名字，例如 done(会议)",
        "a fact or a name belongs here, such as done(会议)",
    ),
    "plan.shape_clause": (
        "条件应写成 that（可带 else），或 any、all、not、at_least 之一",
        "a clause has that (and may have else), or one of any, all, not, at_least",
    ),
    "plan.shape_at_least": (
        "at_least 要写几个、从哪几个里；请写 {at_least: 2, of: [done(甲), done(乙)]}",
        "at_least says how many, and of which; write {at_least: 2, of: [done(a), done(b)]}",
    ),
    "plan.shape_where": (
        "where 只比较一个属性和一个词，例如 rank >= 副科级",
        "where compares one attribute with one word, such as rank >= 副科级",
    ),
    "plan.shape_scale": (
        "分值范围应写成 {from: 1, to: 5}，从小到大的整数",
        "a scale is two whole numbers from small to large, such as {from: 1, to: 5}",
    ),
    "plan.shape_add": (
        "add 的每一项写 under（放在谁下面）和 item（新元素），可加 section，before、after 只用一个",
        "an entry of add has under (the parent) and item (the new element), may have section, and one of before and after",
    ),
    "plan.no_column": (
        "rows 的每一栏写字段名或函数，例如 rows(问题, text, owner, state(it))",
        "a column of rows is a field or a function, such as rows(problems, text, owner, state(it))",
    ),
    "plan.policy_length": (
        "'{found}' 用不了；请用 1 秒到 31 天之间的时长，以小时、分钟或秒计",
        "'{found}' will not do; write 1 second to 31 days, in hours, minutes or seconds",
    ),
    "plan.policy_none": (
        "不能是 0；请写 1 或更大的数，或删去这个键",
        "it cannot be 0; write 1 or more, or take the key out",
    ),
    "plan.key_missing": (
        "缺少“{key}”；请补写",
        "'{key}' is missing; write it",
    ),
    "plan.key_empty": (
        "“{key}”后面什么也没写；请写上值，或删去这个键",
        "nothing is written for '{key}'; write a value, or take the key out",
    ),
    "plan.unknown_key": (
        "不认识的键“{key}”；可用的有 {near}",
        "the key '{key}' is not known here; choose from {near}",
    ),
    "plan.field_missing": (
        "种类 {kind} 要写“{key}”（类型 {type}）；请补写",
        "the kind {kind} needs '{key}' (type {type}); write it",
    ),
    "plan.expect": (
        "expect 说下面有 {expected} 个，实有 {found} 个；请补齐，或改 expect",
        "expect says {expected} children, and there are {found}; add what is missing, or change expect",
    ),
}

_NAMES: Final[dict[str, tuple[str, str]]] = {
    "plan.no_plan": (
        "没有写 plan；第一行写 plan: 名字，例如 plan: units/我的单位",
        "it does not say plan; begin with plan: and a name, such as plan: units/ours",
    ),
    "plan.bad_id": (
        "“{id}”不能作名字；名字由文字、数字、_ 和 - 组成，不以数字开头，最多 {most} 个字符",
        "'{id}' cannot be a name; a name is letters of any script, digits, _ and -, does not begin with a digit, and has at most {most} characters",
    ),
    "plan.reserved_id": (
        "“{id}”在条件里另有含义，不能作名字；请换一个",
        "'{id}' already means something in conditions and cannot be a name; choose another",
    ),
    "plan.duplicate_id": (
        "“{id}”已经有了；同一层的名字不能重复，请换一个",
        "there is already a '{id}' here; siblings have different names, so choose another",
    ),
    "plan.strange_id": (
        "“{id}”里的 {found} 看起来像普通字符却不是；请写成“{write}”",
        "'{id}' has {found}, which looks like an ordinary character and is another; write '{write}'",
    ),
    "plan.lookalike_id": (
        "“{id}”与“{other}”（第 {line} 行）看起来一样，却是两个名字（{found}）；请改一个",
        "'{id}' looks like '{other}' (line {line}) and is another name ({found}); rename one of them",
    ),
    "plan.lookalike_name": (
        "“{name}”看起来像“{other}”，字符却不同（{found}）；请照样写 {other}",
        "'{name}' looks like '{other}' and has other characters ({found}); write {other} as it is there",
    ),
    "plan.too_deep": (
        "方案的层次超过 {most} 层；请减少层次",
        "the plan's tree is deeper than {most} levels; nest less",
    ),
    "plan.too_many": (
        "超过上限 {most} 个；请减少或拆分",
        "there are more than the limit of {most}; have fewer, or split it",
    ),
    "plan.unknown_name": (
        "这里没有“{name}”；可选：{near}",
        "nothing here is called '{name}'; choose from {near}",
    ),
    "plan.name_width": (
        "“{name}”里的“{found}”不隔开名字，整个被当成一个名字；请写成 [{write}]",
        "'{found}' does not part names, so '{name}' is read as one; write [{write}]",
    ),
    "plan.ambiguous_name": (
        "“{name}”可以指 {names}；请写全",
        "'{name}' may mean {names}; write more of its path",
    ),
    "plan.removed_name": (
        "这里还在用“{name}”，而 {at} 已把它删去；请留下它，或用 set 改写这里",
        "'{name}' is still named here, and {at} removes it; keep it, or change this with set",
    ),
    "plan.unknown_deliverable": (
        "没有名为“{name}”的材料；可选：{near}",
        "there is no deliverable '{name}'; choose from {near}",
    ),
    "plan.unknown_register": (
        "没有名为“{name}”的台账；可选：{near}",
        "there is no register '{name}'; choose from {near}",
    ),
    "plan.unknown_measure": (
        "没有名为“{name}”的计量；可选：{near}",
        "there is no measure '{name}'; choose from {near}",
    ),
    "plan.unknown_quota": (
        "没有名为“{name}”的指标；可选：{near}",
        "there is no quota '{name}'; choose from {near}",
    ),
    "plan.unknown_party": (
        "parties 里没有“{name}”；可选：{near}",
        "parties has no '{name}'; choose from {near}",
    ),
    "plan.unknown_role": (
        "这个机构没有“{role}”这一角色；可选：{known}",
        "this body has no role '{role}'; choose from {known}",
    ),
    "plan.unknown_rank": (
        "ranks 里没有“{rank}”；可选：{known}",
        "ranks has no '{rank}'; choose from {known}",
    ),
    "plan.set_circle": (
        "这些名单互相包含，没有尽头：{sets}；请断开一处",
        "these sets stand in each other without end: {sets}; break the circle",
    ),
    "plan.set_deep": (
        "名单套名单超过 {most} 层；请减少层次",
        "sets stand in sets deeper than {most} levels; nest less",
    ),
    "plan.set_outside": (
        "{people} 不在“{whole}”里；请改 within，或从 members 删去",
        "{people} are not in '{whole}'; change within, or take them out of members",
    ),
    "plan.unknown_zone": (
        "没有时区“{zone}”；例如 Asia/Shanghai",
        "there is no time zone '{zone}'; write one such as Asia/Shanghai",
    ),
    "plan.wrong_value": (
        "这是 {is_}，这里要的是 {wanted}；请写一个名字",
        "this is of the sort {is_}, where {wanted} belongs; write a name",
    ),
    "plan.wrong_sort": (
        "“{name}”是 {is_}，这里要的是 {wanted}；请换一个",
        "'{name}' is of the sort {is_}, where {wanted} belongs; name another",
    ),
}

_REUSE: Final[dict[str, tuple[str, str]]] = {
    "plan.unknown_base": (
        "找不到底本“{name}”；可选：{near}",
        "there is no base '{name}'; choose from {near}",
    ),
    "plan.base_name": (
        "“{name}”不能作底本的名字；写 plans 文件夹里的名字，例如 base/study-practice，不写路径和扩展名",
        "'{name}' cannot name a base; write its name in a plans folder, such as base/study-practice, not a path",
    ),
    "plan.extends_circle": (
        "extends 绕了一圈：{names}；请断开一处",
        "extends goes in a circle: {names}; break it",
    ),
    "plan.extends_deep": (
        "extends 超过 {most} 层；请合并几个底本",
        "extends goes over more than {most} plans; join some of the bases",
    ),
    "plan.patch_no_base": (
        "没有 extends，就没有可以 {key} 的底本；请写 extends，或删去 {key}",
        "without extends there is nothing to {key}; write extends, or take {key} out",
    ),
    "plan.restated": (
        "“{key}”里是底本的元素，不能整个重写；请用 set、add、remove 逐个改",
        "'{key}' holds elements of the base and is not written anew; use set, add and remove",
    ),
    "plan.id_fixed": (
        "“{id}”的 id 不能改；请删去这个键，或 remove 之后再 add",
        "the id of '{id}' stays; take this key out, or remove it and add another",
    ),
    "plan.add_section": (
        "有几个地方可放：{sections}；请用 section 写明放在哪里",
        "there are several places for it: {sections}; say which with section",
    ),
    "plan.unknown_parameter": (
        "没有名为“{name}”的参数；可选：{near}",
        "there is no parameter '{name}'; choose from {near}",
    ),
    "plan.parameter_type": (
        "参数“{name}”没有写类型；声明参数要写 {name}: {type: text, …}",
        "the parameter '{name}' has no type; declare it as {name}: {type: text, …}",
    ),
    "plan.unbound": (
        "底本要求写明参数“{name}”（{type}）；请在 params 里写 {name}: 值，或给它 default",
        "the parameter '{name}' ({type}) must be said; write {name}: value under params, or give it a default",
    ),
    "plan.text_long": (
        "填入参数以后，这段文字超过 {most} 个字符；请写短些",
        "with its parameters filled in, this text has more than {most} characters; write less",
    ),
    "plan.parameter_circle": (
        "参数“{name}”要靠它自己才能算出，或者套得太深；请写成具体的值",
        "the parameter '{name}' stands on itself, or on too many others; write a value",
    ),
}

_EXPRESSIONS: Final[dict[str, tuple[str, str]]] = {
    "plan.expression_long": (
        "条件有 {length} 个字符，最多 {most}；请拆成几条",
        "the expression has {length} characters, at most {most}; part it into several clauses",
    ),
    "plan.expression_parts": (
        "条件有 {count} 个部分，最多 {most}；请拆成几条",
        "the expression has {count} parts, at most {most}; part it into several clauses",
    ),
    "plan.expression_deep": (
        "条件的括号或连算超过 {most} 层；请拆成几条",
        "the expression is deeper than {most} levels; part it into several clauses",
    ),
    "plan.expression_full_width": (
        "这里的“{found}”是全角的；请写成 {write}",
        "'{found}' is a full-width sign; write {write}",
    ),
    "plan.expression_quote": (
        "这里的引号 {found} 没有收尾；请补上",
        "the quote {found} that begins here is not closed; close it",
    ),
    "plan.expression_character": (
        "条件里不能用“{found}”；只有名字、数字、'文字'、括号和 and or not == != < <= > >= in + - * /",
        "'{found}' has no place in an expression; there are names, numbers, 'text', brackets and and or not == != < <= > >= in + - * /",
    ),
    "plan.expression_unexpected": (
        "这里是“{found}”，应是 {wanted}",
        "here is '{found}', where {wanted} belongs",
    ),
    "plan.expression_ends": (
        "条件没有写完；后面应是 {wanted}",
        "the expression ends too soon; {wanted} belongs here",
    ),
    "plan.expression_call": (
        "“{found}”不能这样调用；只能用方案语言列出的函数，例如 done(会议)",
        "'{found}' cannot be called; there are only the listed functions, such as done(会议)",
    ),
    "plan.unknown_function": (
        "没有“{name}”这个函数或状态；可选：{known}",
        "there is no function or state '{name}'; choose from {known}",
    ),
    "plan.arguments": (
        "{function} 要 {wanted} 个参数，写了 {found} 个；请补上或删去",
        "{function} takes {wanted} arguments and has {found}; add or take out",
    ),
    "plan.no_where": (
        "{function} 不能带 where；只有 count、all_of、any_of 可以",
        "{function} takes no where; only count, all_of and any_of do",
    ),
    "plan.where_wanted": (
        "{function} 要写对每一个的条件，例如 {function}(children: done(it))",
        "{function} needs a condition on each, such as {function}(children: done(it))",
    ),
    "plan.word_wanted": (
        "这里应是一个词，例如状态、动作或选项的名字",
        "a single word belongs here: the name of a state, a move or an answer",
    ),
    "plan.no_condition": (
        "这是 {is_}，不是能答“是”或“否”的条件；请写成比较，或 done(…)",
        "this is of the sort {is_} and answers neither yes nor no; write a comparison, or done(…)",
    ),
    "plan.no_comparison": (
        "{left} 与 {right} 不能比较；两边要是同一类",
        "the sorts {left} and {right} cannot be compared; both sides must be of one sort",
    ),
    "plan.no_number": (
        "{left} 与 {right} 不能这样计算；只有数、日期加减时长可以",
        "the sorts {left} and {right} cannot be reckoned so; numbers can, and a date plus or minus a duration",
    ),
    "plan.no_collection": (
        "这里要一个台账、名单或列表，而它是 {is_}",
        "a register, parties or a list belongs here, and this is of the sort {is_}",
    ),
    "plan.unknown_answer": (
        "“{input}”的选项里没有“{value}”；可选：{near}",
        "'{input}' has no answer '{value}'; choose from {near}",
    ),
    "plan.unknown_input": (
        "{node} 的动作没有“{name}”这一项；可选：{near}",
        "no move of {node} takes '{name}'; choose from {near}",
    ),
    "plan.gate_deep": (
        "条件套条件超过 {most} 层；请减少层次",
        "clauses stand in clauses deeper than {most} levels; nest less",
    ),
}

_KINDS: Final[dict[str, tuple[str, str]]] = {
    "plan.no_kinds": (
        "缺少 plan 和 every 两个种类；请检查 kinds 文件夹，或重新安装 plangate",
        "the kinds plan and every are not there; look into the kinds folder, or install plangate anew",
    ),
    "plan.kind_missing": (
        "没有写 kind；可选：{near}",
        "it does not say its kind; choose from {near}",
    ),
    "plan.unknown_kind": (
        "没有名为“{kind}”的种类；可选：{near}",
        "there is no kind '{kind}'; choose from {near}",
    ),
    "plan.abstract_kind": (
        "种类“{kind}”只供扩展，不能直接用；可选：{near}",
        "the kind '{kind}' is only to be extended; choose from {near}",
    ),
    "plan.duplicate_kind": (
        "种类“{kind}”在 {at} 已经写过；请改名，或并成一个文件",
        "the kind '{kind}' is already in {at}; rename this, or make them one file",
    ),
    "plan.kind_circle": (
        "extends 绕了一圈，或超过 {most} 层：{names}；请断开一处",
        "extends goes in a circle, or over more than {most} kinds: {names}; break it",
    ),
    "plan.no_initial_state": (
        "没有初始状态；请给一个状态写 initial: true",
        "no state is the first; mark one with initial: true",
    ),
    "plan.unknown_state": (
        "{node} 没有状态“{state}”；可选：{known}",
        "{node} has no state '{state}'; choose from {known}",
    ),
    "plan.unknown_act": (
        "没有动作“{move}”；可选：{known}",
        "there is no move '{move}'; choose from {known}",
    ),
    "plan.unknown_type": (
        "没有类型“{type}”；可选：{near}",
        "there is no type '{type}'; choose from {near}",
    ),
    "plan.unknown_field": (
        "{node} 没有字段“{name}”；可选：{near}",
        "{node} has no field '{name}'; choose from {near}",
    ),
    "plan.unknown_word": (
        "{key} 不能写“{found}”；可选：{known}",
        "{key} cannot be '{found}'; choose from {known}",
    ),
    "plan.unknown_effect": (
        "没有名为“{name}”的效果；可选：{near}",
        "there is no effect '{name}'; choose from {near}",
    ),
    "plan.effect_argument": (
        "{effect} 要写“{key}”；请补写",
        "{effect} needs '{key}'; write it",
    ),
    "plan.one_effect": (
        "一项里只写一个效果，这里有 {found}；请各写成一项",
        "an entry has one effect, and here are {found}; write an entry for each",
    ),
    "plan.move_trigger": (
        "一个动作只能因 by、when、at、every、on 之一发生，这里有 {found}；请只留一个",
        "a move has exactly one of by, when, at, every, on, and here is {found}; keep one",
    ),
    "plan.secret_type": (
        "无记名的动作只能填可以合计的类型：{known}；请改类型",
        "a secret move takes only what adds up: {known}; change the type",
    ),
    "plan.secret_told": (
        "无记名的动作不能在条件或效果里用“{name}”，否则会泄露答案；请删去",
        "a secret move may not use '{name}' in its gate or effects, for that tells the answer; take it out",
    ),
}

MESSAGES: Final[dict[str, tuple[str, str]]] = {
    "plan.signs": (
        "动作“{move}”自行发生，没有人签字；signs 只写在有 by 的动作上",
        "the move '{move}' happens by itself and nobody signs; write signs on a move with by",
    ),
    **_FILE,
    **_SYNTAX,
    **_SHAPE,
    **_NAMES,
    **_REUSE,
    **_EXPRESSIONS,
    **_KINDS,
    "plan.personal_type": (
        "标为个人信息的要是 {known} 类型，这里是 {type}；日期、数字也写成文字",
        "what is personal is of the type {known}, and this is {type}; write dates and numbers as text too",
    ),
    "plan.personal_written": (
        "“{name}”是个人信息，不能写在方案或种类里：这些文件人人可读，也抹不掉；请删去，由办理时填写",
        "'{name}' is personal and has no place in a plan or kind, which everybody reads and nobody can erase; take it out and let it be given with an act",
    ),
    "plan.personal_read": (
        "“{name}”是个人信息，只能存放、显示、交给动作，条件、统计和算式都不能用它；请改用别的，或去掉 personal",
        "'{name}' is personal: it may be stored, shown and handed to an action, and no gate, tally or expression reads it; use something else, or leave out personal",
    ),
    "plan.personal_into": (
        "个人信息只能放进标为 personal 的字段，“{name}”不是；请给它加上 personal: true",
        "what is personal goes into personal fields only, and '{name}' is none; give it personal: true",
    ),
    "plan.personal_clear": (
        "“{name}”标为个人信息，只能由标为 personal 的输入或字段填入，否则内容会明文留在记录里；请给来源加上 personal: true",
        "'{name}' is personal and takes its value from a personal input or field only, for else it would stand in the history in clear; give the source personal: true",
    ),
    "plan.privacy_few": (
        "要有至少两个人可以批准抹除，这里只有 {found}；请再列几个",
        "erasing needs two people who may approve, and here are {found}; list more",
    ),
}

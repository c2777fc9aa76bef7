"""Sentences about values: what was written, why it cannot be read, what to write."""

from typing import Final

MESSAGES: Final[dict[str, tuple[str, str]]] = {
    "value.scalar": (
        "这里应写一个{wanted}，而不是列表或映射",
        "a {wanted} belongs here, not a list or a mapping",
    ),
    "value.mapping": (
        "这里应写成映射，例如 {example}",
        "a mapping belongs here, such as {example}",
    ),
    "value.unknown_key": (
        "不认识的键 '{found}'；可用的键有 {known}",
        "the key '{found}' is not known; use {known}",
    ),
    "value.missing_key": (
        "缺少 '{wanted}'；请补写，例如 {example}",
        "'{wanted}' is missing; add it, such as {example}",
    ),
    "value.form": (
        "'{found}' 的写法不能这样用；请写 {write}",
        "'{found}' is not written so; write {write}",
    ),
    "value.int": (
        "'{found}' 不是整数；只写数字，例如 10000",
        "'{found}' is not a whole number; write plain digits, such as 10000",
    ),
    "value.number": (
        "'{found}' 不是数；写成小数，例如 2.5",
        "'{found}' is not a number; write a decimal, such as 2.5",
    ),
    "value.number_long": (
        "'{found}' 太长；整数部分最多 {whole} 位，小数部分最多 {decimals} 位",
        "'{found}' is too long; at most {whole} digits before the point and {decimals} after it",
    ),
    "value.ratio": (
        "'{found}' 不是比例；请写 2/3、0.4 或 40%",
        "'{found}' is not a ratio; write 2/3, 0.4 or 40%",
    ),
    "value.ratio_range": (
        "比例 '{found}' 不在 0 到 1 之间；请写 0 到 1（0% 到 100%）之间的数",
        "the ratio '{found}' is not from 0 to 1; write one from 0% to 100%",
    ),
    "value.bool": (
        "'{found}' 不是真假值；请写 true 或 false",
        "'{found}' is neither true nor false; write true or false",
    ),
    "value.character": (
        "文字里有不能保存的字符 {found}；请删去",
        "the text holds {found}, which cannot be kept; leave it out",
    ),
    "value.text_long": (
        "文字有 {found} 个字，最多 {most} 个；更长的请作为文件提交",
        "the text has {found} characters, at most {most} are taken; hand in a file",
    ),
    "value.too_many": (
        "一次最多填 {most} 项、{deep} 层；请分几次办理",
        "at most {most} members, {deep} levels deep, are taken at once; hand them in by parts",
    ),
    "value.whole_large": (
        "数太大；应小于 {most}",
        "the number is too large; it must be below {most}",
    ),
    "value.choice": (
        "'{found}' 不在可选值之中；请从 {of} 中选一个",
        "'{found}' is not among the choices; write one of {of}",
    ),
    "value.date": (
        "'{found}' 不是日期；请写成 2009-04-11",
        "'{found}' is not a date; write it as 2009-04-11",
    ),
    "value.date_month": (
        "'{found}'：没有第 {month} 月；月份从 01 到 12",
        "'{found}': there is no month {month}; months go from 01 to 12",
    ),
    "value.date_day": (
        "'{found}'：{year} 年 {month} 月只有 {days} 天；请改写日期",
        "'{found}': month {month} of {year} has {days} days; write one of those",
    ),
    "value.date_range": (
        "'{found}' 超出可用的日期范围；请写 {first} 到 {last} 之间的日期",
        "'{found}' is out of range; write a date from {first} to {last}",
    ),
    "value.time": (
        "'{found}' 不是时间；请写成 19:30",
        "'{found}' is not a time of day; write it as 19:30",
    ),
    "value.time_range": (
        "'{found}'：一天的时间从 00:00 到 23:59:59；午夜请写成次日 00:00",
        "'{found}': a day goes from 00:00 to 23:59:59; for midnight write 00:00 of the next day",
    ),
    "value.datetime": (
        "'{found}' 不是日期加时间；请写成 2009-04-11 19:30",
        "'{found}' is not a date with a time; write it as 2009-04-11 19:30",
    ),
    "value.moment_range": (
        "'{found}' 计算出的时间超出 {first} 到 {last}；请缩短时长",
        "'{found}' leads out of {first} to {last}; take a shorter duration",
    ),
    "value.duration": (
        "'{found}' 不是时长；请写成 5 工作日、14 天、3 小时 或 2 周",
        "'{found}' is not a duration; write it as 5 workdays, 14 days, 3 hours or 2 weeks",
    ),
    "value.duration_unit": (
        "'{found}'：不认识的单位 '{unit}'；可用的单位有 {units}",
        "'{found}': the unit '{unit}' is not known; use {units}",
    ),
    "value.duration_whole": (
        "'{found}'：{unit} 只能是整数，因为半天没有确定的结束日；不足一天请用小时",
        "'{found}': {unit} are whole, for a part of a day ends on no date; write hours instead",
    ),
    "value.duration_seconds": (
        "'{found}' 不是整数秒；请写成整秒的时长",
        "'{found}' is not a whole number of seconds; write one that is",
    ),
    "value.duration_long": (
        "'{found}' 太长；数量最多 {most}，请换用更大的单位",
        "'{found}' is too long; at most {most} of a unit, or take a larger unit",
    ),
    "value.window_empty": (
        "时间段没有日期；请写 from、to 或 day，原文的说法可以写在 text",
        "the window has no date; write from, to or day (text keeps the document's own words)",
    ),
    "value.window_day": (
        "'day' 不能与 from、to 同时写；只保留一种",
        "'day' does not go with from or to; keep one of them",
    ),
    "value.order": (
        "开始 {start} 晚于结束 {end}；请改正其中一个",
        "the start {start} comes after the end {end}; mend one of them",
    ),
    "value.stored": (
        "存储的 {type} 值 '{found}' 无法读取；请从备份恢复",
        "the stored {type} '{found}' cannot be read; restore from a backup",
    ),
    "value.weekday": (
        "'{found}' 不是星期；请写 monday 或 周一",
        "'{found}' is not a day of the week; write monday or 周一",
    ),
    "value.recurrence_rule": (
        "重复规则须有且仅有 weekly、every、monthly、yearly 之一，现有 {found}；例如 {example}",
        "a recurrence has exactly one of weekly, every, monthly, yearly, and here is {found}; such as {example}",
    ),
    "value.recurrence_every": (
        "every '{found}' 不能用；请写整天或整周（14 days、2 weeks），按月用 monthly，按年用 yearly",
        "every '{found}' does not work; write whole days or weeks (14 days, 2 weeks), or use monthly or yearly",
    ),
    "value.recurrence_monthly": (
        "'{found}' 不是每个月都有的日子；请写 1 到 28、last（月末）、first monday（第一个周一，一至四或最后）、last workday（最后一个工作日，一至五或最后）",
        "not every month has a day '{found}'; write 1 to 28, last for the month's last day, first monday (first to fourth, or last) or last workday (first to fifth, or last)",
    ),
    "value.recurrence_month": (
        "'{found}' 不是月份；请写 1 到 12",
        "'{found}' is not a month; write 1 to 12",
    ),
    "value.recurrence_weeks": (
        "weekly 旁边的 every '{found}' 表示每几周一次，只能写整周，例如 2 weeks",
        "every '{found}' beside weekly says in which weeks; write whole weeks, such as 2 weeks",
    ),
    "value.recurrence_times": (
        "一天最多写 {most} 个时间；请减少 at",
        "a day has at most {most} times; write fewer under at",
    ),
    "value.recurrence_both": (
        "{day} 既在 except 又在 also；请只保留一处",
        "{day} stands in both except and also; keep one",
    ),
    "value.recurrence_yearly": (
        "'{found}' 不是每年都有的日子；请写成 01-01（月-日），2 月 29 日除外",
        "'{found}' is not a day of every year; write month-day such as 01-01, but not 02-29",
    ),
    "value.recurrence_many": (
        "一次算出的重复超过 {most} 次；请缩短时间范围",
        "more than {most} days of a recurrence were looked at; take a shorter span of time",
    ),
    "value.calendar_unknown": (
        "没有名为 '{found}' 的工作日历；可用 {known}，或方案旁边的日历文件",
        "there is no calendar '{found}'; use {known}, or a calendar file beside the plan",
    ),
    "value.calendar_file": (
        "这不是工作日历文件；第一行请写 calendar: 名称",
        "this is no calendar file; its first key is calendar: and a name",
    ),
    "value.calendar_circle": (
        "工作日历互相引用：{names}；请去掉其中一个 extends",
        "the calendars {names} stand on each other in a circle; take one extends away",
    ),
    "value.calendar_deep": (
        "工作日历最多一层套一层 {most} 个；请减少 extends",
        "at most {most} calendars stand on each other; take an extends away",
    ),
    "value.calendar_valid": (
        "valid 不能与 from、to 同时写；请只写 valid",
        "valid does not go with from and to; write valid only",
    ),
    "value.calendar_beyond": (
        "这个日历的有效期超出它所依据的“{calendar}”（{first} 至 {last}），以外的工作日没有人知道；请缩短 valid",
        "it is to hold beyond '{calendar}', which it extends and which knows {first} to {last}; shorten valid",
    ),
    "value.country_cn": (
        "'{found}' 没有以后各年的调休安排；中国大陆请写 calendar: cn",
        "'{found}' does not know the make-up days of years to come; for mainland China write calendar: cn",
    ),
    "value.country_unknown": (
        "不认识国家代码 '{found}'；请写两个字母的代码，例如 {known}",
        "the country '{found}' is not known; write its two letters, such as {known}",
    ),
    "value.country_part": (
        "'{found}' 不是 {of} 的地区；可用的有 {known}",
        "'{found}' is no part of {of}; use {known}",
    ),
    "value.country_guessed": (
        "'{found}' 的节日只有推算，没有一年是确定的；请写一个日历文件，列出节日",
        "the holidays of '{found}' are estimates in every year; write a calendar file that lists them",
    ),
    "value.calendar_exhausted": (
        "工作日历 '{calendar}' 只到 {first} 至 {last}，不能判断 {day} 是否上班；请装入含该日的日历，或改期",
        "the calendar '{calendar}' covers {first} to {last} and cannot say whether {day} is worked; load one that covers it, or take other dates",
    ),
    "value.calendar_outside": (
        "{day} 不在该日历的范围 {first} 至 {last} 之内；请删去，或扩大 from、to",
        "{day} lies outside the calendar's {first} to {last}; take it out, or widen from and to",
    ),
    "value.calendar_both": (
        "{day} 既在 off 又在 work；请只保留一处",
        "{day} stands in both off and work; keep one",
    ),
    "value.calendar_weekend": (
        "weekend 不能包含全部七天；请至少留一天上班",
        "weekend cannot be all seven days; leave one to work on",
    ),
    "value.list": (
        "这里应写成列表，例如 {example}",
        "a list belongs here, such as {example}",
    ),
    "value.party": (
        "不认识“{found}”；是不是 {near}？",
        "nobody is called '{found}'; did you mean {near}?",
    ),
    "value.party_one": (
        "“{found}”要恰好是一个人或单位",
        "'{found}' must be exactly one person or body",
    ),
    "value.file": (
        "“{found}”不是文件；用 --file 名称=路径 交文件",
        "'{found}' is no file; hand one in with --file name=path",
    ),
    "value.scores": (
        "要给每一项打分：{of}",
        "give a whole number for each of: {of}",
    ),
    "value.score_range": (
        "“{criterion}”的分数 {found} 超出 {low} 到 {high}",
        "the score {found} of '{criterion}' is not from {low} to {high}",
    ),
    "value.groups": (
        "分组要写成 组名: leader 与 members（名单）",
        "write groups as name: leader and members (a list)",
    ),
}

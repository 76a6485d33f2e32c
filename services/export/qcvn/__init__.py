"""The second mapping: packets that reporting systems exchange by QCVN 125:2021/BTTTT, in JSON and XML.

`packets` says what of a release goes into which packet, `names` what packets and fields are called
(schemas/reporting/qcvn125.yaml, provisional), `writing` writes them, `answer` reads what a receiver says of one.
"""

"""Names of the places of the demonstration, by GB/T 2260; a code that is not here is shown as it is."""

from __future__ import annotations

from types import MappingProxyType

NAMES = MappingProxyType(
    {
        "620000": ("甘肃省", "Gansu"),
        "620100": ("兰州市", "Lanzhou"),
        "620102": ("城关区", "Chengguan"),
        "620103": ("七里河区", "Qilihe"),
        "620104": ("西固区", "Xigu"),
        "620105": ("安宁区", "Anning"),
        "620111": ("红古区", "Honggu"),
        "620121": ("永登县", "Yongdeng"),
        "620122": ("皋兰县", "Gaolan"),
        "620123": ("榆中县", "Yuzhong"),
        "620171": ("兰州新区", "Lanzhou New Area"),
        "620200": ("嘉峪关市", "Jiayuguan"),
        "620300": ("金昌市", "Jinchang"),
        "620400": ("白银市", "Baiyin"),
        "620500": ("天水市", "Tianshui"),
        "620600": ("武威市", "Wuwei"),
        "620700": ("张掖市", "Zhangye"),
        "620800": ("平凉市", "Pingliang"),
        "620900": ("酒泉市", "Jiuquan"),
        "621000": ("庆阳市", "Qingyang"),
        "621100": ("定西市", "Dingxi"),
        "621200": ("陇南市", "Longnan"),
        "622900": ("临夏州", "Linxia"),
        "623000": ("甘南州", "Gannan"),
    }
)

"""Colours that print and keep their contrast, and fonts that have Chinese everywhere."""

INK, OWN, OTHER, LOSS, PALE = "#3D3D3D", "#12436D", "#6B6B6B", "#801650", "#BFC1C3"
TIER_COLOURS = ["#12436D", "#28A197", "#801650", "#F46A25", "#3D3D3D", "#A285D1"]
FONT = 'Arial, "Noto Sans CJK SC", "Source Han Sans SC", "Microsoft YaHei", "PingFang SC", sans-serif'

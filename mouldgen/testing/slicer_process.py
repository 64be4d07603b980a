"""The process of a printer as PrusaSlicer takes it, and what its G-code says: to compare estimates with."""

from __future__ import annotations

import re

from mouldgen.params import PrinterParameters

__all__ = ["gcode_totals", "prusaslicer_settings"]

_UNIT_S = {"d": 86_400, "h": 3_600, "m": 60, "s": 1}


def prusaslicer_settings(printer: PrinterParameters, bed_mm: float = 500.0) -> str:
    """Return a configuration file for PrusaSlicer 2.5 with the process of a printer.

    What the parameters do not say follows the profiles of Prusa's printers. The bed is a square, so that any
    part finds room on it.

    Parameters
    ----------
    printer
        Of filament.
    bed_mm
        Side of the bed.
    """
    line, speed, acceleration = printer.line_mm, printer.wall_speed_mm_s, printer.acceleration_mm_s2
    settings: dict[str, object] = {
        "printer_technology": "FFF",
        "gcode_flavor": "marlin2",
        "bed_shape": f"0x0,{bed_mm:g}x0,{bed_mm:g}x{bed_mm:g},0x{bed_mm:g}",
        "max_print_height": 500,
        "nozzle_diameter": 0.4,
        "filament_diameter": 1.75,
        "filament_density": printer.density_g_cm3,
        "filament_max_volumetric_speed": printer.flow_mm3_s,
        "layer_height": printer.layer_mm,
        "first_layer_height": printer.layer_mm,
        "perimeters": printer.perimeters,
        "top_solid_layers": printer.top_layers,
        "bottom_solid_layers": printer.bottom_layers,
        "fill_density": f"{printer.infill_percent:g}%",
        "fill_pattern": "grid",
        "solid_infill_below_area": 0,
        "small_perimeter_speed": speed / 2,
        "infill_speed": printer.infill_speed_mm_s,
        "solid_infill_speed": printer.infill_speed_mm_s,
        "top_solid_infill_speed": printer.top_speed_mm_s,
        "gap_fill_speed": printer.top_speed_mm_s,
        "bridge_speed": printer.top_speed_mm_s / 2,
        "first_layer_speed": printer.first_speed_mm_s,
        "travel_speed": printer.travel_speed_mm_s,
        "max_print_speed": 1000,
        "machine_limits_usage": "time_estimate_only",
        "machine_max_jerk_x": 8,
        "machine_max_jerk_y": 8,
        "retract_length": 0.8,
        "retract_speed": 35,
        "retract_lift": 0.2,
        "retract_before_travel": 1,
        "skirts": 1,
        "brim_width": 0,
        "support_material": 0,
        "cooling": 0,
        "start_gcode": "",
        "end_gcode": "",
    }
    for what in ("", "perimeter_", "external_perimeter_", "infill_", "solid_infill_", "top_infill_"):
        settings[f"{what}extrusion_width"] = line
    settings["first_layer_extrusion_width"] = line
    for what in ("perimeter", "external_perimeter"):
        settings[f"{what}_speed"] = speed
    for what in ("default", "perimeter", "infill", "bridge", "first_layer"):
        settings[f"{what}_acceleration"] = acceleration
    for what in ("x", "y", "extruding", "travel", "retracting"):
        settings[f"machine_max_acceleration_{what}"] = acceleration
    for what in ("x", "y"):
        settings[f"machine_max_feedrate_{what}"] = 1000
    return "".join(f"{key} = {value}\n" for key, value in settings.items())


def gcode_totals(gcode: str) -> tuple[float, float]:
    """Return the filament (mm3) and the time (s) that PrusaSlicer wrote at the end of its G-code."""
    used = re.search(r"; filament used \[cm3\] = ([\d.]+)", gcode)
    time = re.search(r"; estimated printing time \(normal mode\) = (.*)", gcode)
    if used is None or time is None:
        message = "this is not the G-code of PrusaSlicer: it states no filament and no time"
        raise ValueError(message)
    seconds = sum(int(count) * _UNIT_S[unit] for count, unit in re.findall(r"(\d+)([dhms])", time[1]))
    return 1000 * float(used[1]), float(seconds)

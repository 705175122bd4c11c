"""Short forms for the parts of a story."""

CORE_VALUES = [
    "SERVICE_ORIENTED", "ACCOUNTABLE", "COMPETENT", "HARMONIOUS", "LOYAL", "ADAPTIVE", "COLLABORATIVE",
]


def indicator(name, aspect, polarity, target, unit, source, realisation, quarters, pair=""):
    return {
        "name": name, "aspect": aspect, "polarity": polarity, "target": target, "unit": unit,
        "data_source": source, "pair": pair, "realisation": realisation, "quarters": quarters,
    }


def result(kind, name, indicators):
    return {"kind": kind, "name": name, "indicators": indicators}


def evaluation(results_rating, above, facts, well, improve):
    """Core values not named `above` meet the expectation."""
    usual = "Sesuai dengan ekspektasi yang disepakati."
    values = [
        {"value": value, "rating": "ABOVE" if value in above else "MEETS", "reason": facts.get(value, usual)}
        for value in CORE_VALUES
    ]
    return {
        "results_rating": results_rating,
        "core_values": values,
        "goes_well": well,
        "to_improve": [{"text": text, "competency_code": code} for text, code in improve],
    }

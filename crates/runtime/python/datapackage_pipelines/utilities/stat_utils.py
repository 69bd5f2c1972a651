"""Names inside the statistics of a run."""

STATS_DPP_KEY = ".dpp"
STATS_OUT_DP_URL_KEY = "out-datapackage-url"


def user_facing_stats(stats):
    """The statistics without what is meant for the runner alone."""
    if not isinstance(stats, dict):
        return None
    return {key: value for key, value in stats.items() if key != STATS_DPP_KEY}

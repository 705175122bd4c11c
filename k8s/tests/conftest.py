"""The closing line."""


def pytest_unconfigure(config):
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    count = {key: len(reporter.stats.get(key, [])) for key in ("passed", "failed", "error")}
    reporter.write_line(f"{count['passed']} passed, {count['failed'] + count['error']} failed")

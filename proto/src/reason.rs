use crate::{common, competency, evaluation, planning, registry};

/// Why a call was refused: the `reason` of its `google.rpc.ErrorInfo`.
pub trait Reason: Copy + std::fmt::Debug + Send + Sync + 'static {
    /// The `ErrorInfo.domain` that gives the reason its meaning.
    const DOMAIN: &'static str;

    /// The name on the wire: that of the enum's value without its prefix.
    fn name(self) -> &'static str;
}

fn bare(name: &'static str) -> &'static str {
    name.strip_prefix("REASON_").unwrap_or(name)
}

impl Reason for common::v1::Reason {
    const DOMAIN: &'static str = "kinerja";

    fn name(self) -> &'static str {
        bare(self.as_str_name())
    }
}

impl Reason for registry::v1::Reason {
    const DOMAIN: &'static str = "registry.kinerja";

    fn name(self) -> &'static str {
        bare(self.as_str_name())
    }
}

impl Reason for planning::v1::Reason {
    const DOMAIN: &'static str = "planning.kinerja";

    fn name(self) -> &'static str {
        bare(self.as_str_name())
    }
}

impl Reason for evaluation::v1::Reason {
    const DOMAIN: &'static str = "evaluation.kinerja";

    fn name(self) -> &'static str {
        bare(self.as_str_name())
    }
}

impl Reason for competency::v1::Reason {
    const DOMAIN: &'static str = "competency.kinerja";

    fn name(self) -> &'static str {
        bare(self.as_str_name())
    }
}

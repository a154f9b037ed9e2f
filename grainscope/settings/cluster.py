"""Settings of a run on a cluster."""

from pydantic import Field

from grainscope.settings.stage import StageSettings


class ClusterSettings(StageSettings):
    """Table ``[cluster]``: used with ``--scheduler`` only, no result depends on it."""

    wait_s: float = Field(
        3600.0,
        gt=0,
        description="For a first worker, or for another when all are gone; then the run ends",
    )
    retries: int = Field(
        3,
        ge=0,
        le=100,
        description="Times an image is tried again whose worker died; then it is reported. "
        "An address: as its scheduler was started",
    )
    queue: str = Field("", description="slurm: partition; empty = that of the site")
    account: str = Field("", description="slurm: who pays; empty = that of the user")
    jobs: int = Field(4, ge=1, le=10_000, description="slurm: jobs at a time")
    cores: int = Field(8, ge=1, le=1024, description="slurm: per job; images at a time in it")
    memory_gb: float | None = Field(
        None, gt=0, description="slurm: per job; unset = cores × run.memory_limit_gb + 1"
    )
    walltime_h: float = Field(
        4.0, gt=0.1, description="slurm: per job; an ended job is replaced while images wait"
    )
    interface: str = Field(
        "", description="slurm: network that scheduler and workers share, such as ib0"
    )
    log_folder: str = Field("cluster-logs", description="slurm: what jobs print, a file each")
    job_lines: tuple[str, ...] = Field(
        (), description="slurm: more for #SBATCH, such as --constraint=rome"
    )
    script_lines: tuple[str, ...] = Field(
        (), description="slurm: shell lines before the worker starts, such as module load python"
    )

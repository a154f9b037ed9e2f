"""The whole of a cold process: an image file to ``grains.csv``, by the fast method."""

import sys
from pathlib import Path

from grainscope import Settings, read_micrograph, segment_micrograph
from grainscope.batch.memory import return_freed_images
from grainscope.files.tables import TABLE_COLUMNS, write_table
from grainscope.grains import measure


def main(image: str, table: str) -> None:
    return_freed_images()
    settings = Settings.model_validate(
        {"segmentation": {"method": "fast"}, "input": {"pixel_size_nm": 5.0}}
    )
    micrograph = read_micrograph(Path(image), settings.input)
    segmented = segment_micrograph(micrograph, settings)
    grains = measure(micrograph, segmented, settings.grains)
    columns = {name: getattr(grains, name) for name in TABLE_COLUMNS["grains"]}
    columns = {name: values for name, values in columns.items() if values is not None}
    write_table(Path(table), columns)


if __name__ == "__main__":
    main(*sys.argv[1:])
